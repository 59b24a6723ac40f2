from flask import Flask

from actions.confirmations.handlers import handler_of
from actions.deliveries.kinds import kind_of
from actions.registries import HANDLERS, KINDS
from email_templates.catalogue import CATALOGUE


def test_every_email_has_a_kind_that_composes_it(app: Flask) -> None:
    assert {kind.name for kind in KINDS} == {email.folder for email in CATALOGUE}
    for email in CATALOGUE:
        assert kind_of(email.folder).name == email.folder


def test_every_kind_is_named_once() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)


def test_only_a_letter_is_not_sent_again_when_nobody_knows_whether_it_arrived() -> None:
    """A second copy would hurt whoever it is for (design: 0 or 1 copy)."""
    assert {kind.name for kind in KINDS if not kind.repeats_unknown} == {"letter_to_target"}


def test_every_handler_is_found_by_its_kind(app: Flask) -> None:
    assert len({handler.kind for handler in HANDLERS}) == len(HANDLERS)
    for handler in HANDLERS:
        assert handler_of(handler.kind) is handler
