import pytest
from flask import Flask
from sqlalchemy import select

from actions.actors import Actor, Role
from actions.drafts.models import Draft
from actions.drafts.operations import DraftMoved, Seen
from actions.extensions import db
from actions.mailings import keeping, operations
from actions.mailings.models import Mailing
from actions.mailings.operations import WrongState
from tests.factories.mailings import draft_alert, launch
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber

ANN, BEN = Actor(Role.STAFF, 1), Actor(Role.STAFF, 2)
WORDS = {"subject": "Typed", "preheader": "", "blocks": [{"type": "text", "html": "<p onclick='x()'>So far</p>"}]}


@pytest.fixture
def mailing(app: Flask) -> Mailing:
    make_organisation()
    updates = make_list()
    make_subscriber(updates, "kh@example.org", country="KH")
    return draft_alert(updates, make_page())


def test_each_writer_has_words_of_their_own_and_nothing_in_them_can_run(mailing: Mailing) -> None:
    kept = keeping.keep(mailing, "en", WORDS, Seen(1, 0), by=ANN)
    assert (kept.revision, kept.based_on, kept.words["subject"]) == (1, 1, "Typed")
    assert kept.words["blocks"][0]["html"] == "<p>So far</p>"
    assert keeping.draft_of(mailing, "en", BEN.id or 0) is None
    assert keeping.draft_of(mailing, "de", ANN.id or 0) is None


def test_a_second_window_does_not_write_over_the_first(mailing: Mailing) -> None:
    keeping.keep(mailing, "en", WORDS, Seen(1, 0), by=ANN)
    with pytest.raises(DraftMoved):
        keeping.keep(mailing, "en", {**WORDS, "subject": "Late"}, Seen(1, 0), by=ANN)
    again = keeping.keep(mailing, "en", {**WORDS, "subject": "More"}, Seen(1, 1), by=ANN)
    assert (again.revision, again.words["subject"]) == (2, "More")


def test_only_their_own_are_forgotten(mailing: Mailing) -> None:
    for writer in (ANN, BEN):
        keeping.keep(mailing, "en", WORDS, Seen(1, 0), by=writer)
    keeping.forget(mailing, "en", by=ANN)
    assert keeping.draft_of(mailing, "en", ANN.id or 0) is None
    assert keeping.draft_of(mailing, "en", BEN.id or 0) is not None


def test_nothing_is_kept_for_a_mailing_that_has_begun(mailing: Mailing) -> None:
    launch(mailing)
    db.session.commit()
    with pytest.raises(WrongState):
        keeping.keep(mailing, "en", WORDS, Seen(1, 0), by=ANN)


def test_words_that_were_not_saved_when_it_went_are_found_by_their_writer_alone(mailing: Mailing) -> None:
    keeping.keep(mailing, "en", WORDS, Seen(1), by=ANN)
    assert list(keeping.left_behind(mailing, 1)) == []
    launch(mailing)
    assert [one.words["subject"] for one in keeping.left_behind(mailing, 1)] == ["Typed"]
    assert list(keeping.left_behind(mailing, 2)) == []


def test_a_draft_that_is_thrown_away_takes_what_was_kept_for_it_along(mailing: Mailing) -> None:
    keeping.keep(mailing, "en", WORDS, Seen(1), by=ANN)
    operations.discard(mailing, by=BEN)
    db.session.commit()
    assert db.session.scalars(select(Draft)).all() == []
