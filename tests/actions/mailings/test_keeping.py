import pytest
from flask import Flask

from actions.actors import Actor, Role
from actions.extensions import db
from actions.mailings import keeping
from actions.mailings.models import Mailing
from actions.mailings.operations import WrongState
from tests.factories.mailings import draft_alert, launch
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber

ANN, BEN = 1, 2
WORDS = {"subject": "Typed", "preheader": "", "blocks": [{"type": "text", "html": "<p onclick='x()'>So far</p>"}]}


@pytest.fixture
def mailing(app: Flask) -> Mailing:
    make_organisation()
    updates = make_list()
    make_subscriber(updates, "kh@example.org", country="KH")
    return draft_alert(updates, make_page())


def test_each_writer_has_words_of_their_own_and_nothing_in_them_can_run(mailing: Mailing) -> None:
    kept = keeping.keep(mailing, "en", WORDS, version=1, revision=0, staff_id=ANN)
    assert (kept.revision, kept.based_on, kept.words["subject"]) == (1, 1, "Typed")
    assert kept.words["blocks"][0]["html"] == "<p>So far</p>"
    assert keeping.draft_of(mailing, "en", BEN) is None
    assert keeping.draft_of(mailing, "de", ANN) is None


def test_a_second_window_does_not_write_over_the_first(mailing: Mailing) -> None:
    keeping.keep(mailing, "en", WORDS, version=1, revision=0, staff_id=ANN)
    with pytest.raises(keeping.KeptElsewhere):
        keeping.keep(mailing, "en", {**WORDS, "subject": "Late"}, version=1, revision=0, staff_id=ANN)
    again = keeping.keep(mailing, "en", {**WORDS, "subject": "More"}, version=1, revision=1, staff_id=ANN)
    assert (again.revision, again.words["subject"]) == (2, "More")


def test_only_their_own_are_forgotten(mailing: Mailing) -> None:
    for writer in (ANN, BEN):
        keeping.keep(mailing, "en", WORDS, version=1, revision=0, staff_id=writer)
    keeping.forget(mailing, "en", by=Actor(Role.STAFF, ANN))
    assert keeping.draft_of(mailing, "en", ANN) is None
    assert keeping.draft_of(mailing, "en", BEN) is not None


def test_nothing_is_kept_for_a_mailing_that_has_begun(mailing: Mailing) -> None:
    launch(mailing)
    db.session.commit()
    with pytest.raises(WrongState):
        keeping.keep(mailing, "en", WORDS, version=1, revision=0, staff_id=ANN)
