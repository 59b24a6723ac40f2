import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.lists.models import MailingList
from actions.mailings import designs, queries
from actions.mailings.models import Mailing, MailingKind
from actions.mailings.wording import page_of
from actions.staff.roles import StaffRole
from tests.factories.desk import Desk, at_the_desk
from tests.factories.mailings import draft_alert, launch, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber

DESK = "/desk/mailings"


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    made = make_list()
    make_subscriber(made)
    return made


@pytest.fixture
def alert(updates: MailingList) -> Mailing:
    return draft_alert(updates, make_page(), words(), words("km"))


@pytest.fixture
def desk(client: FlaskClient, updates: MailingList) -> Desk:
    return at_the_desk(client, StaffRole.EDITOR)


def kept(desk: Desk, mailing: Mailing, name: str = "Ask to write") -> str:
    """Its address."""
    answer = desk.post(f"{DESK}/{mailing.id}/design", name=name)
    assert answer.status_code == 303
    return answer.location.partition("?")[0]


def test_with_none_yet_the_screens_say_how_one_is_kept(desk: Desk) -> None:
    for path in (f"{DESK}/designs", f"{DESK}/new"):
        assert "Keep it as a design" in desk.get(path)


def test_a_mailing_begins_from_a_design_that_another_was_kept_as(
    desk: Desk, alert: Mailing, updates: MailingList
) -> None:
    over = launch(draft_alert(updates, page_of(alert), key="over"))
    for mailing in (alert, over):
        assert f'href="{DESK}/{mailing.id}/design"' in desk.get(f"{DESK}/{mailing.id}")
    assert desk.fields(f"{DESK}/{alert.id}/design") == {"name": "Write for her (en)"}
    design = kept(desk, alert)
    assert design in desk.get(f"{DESK}/new")
    shown = desk.get(design)
    assert "She has seen no lawyer." in shown
    assert "Khmer" in shown
    assert 'name="about"' in shown, "an alert needs a page"
    answer = desk.post(f"{design}/begin", about=alert.page_id, list=alert.list_id)
    (newest, *_) = queries.newest(2)
    assert answer.location == f"{DESK}/{newest.id}"
    assert (newest.kind, newest.page_id, newest.id != alert.id) == (MailingKind.ALERT, alert.page_id, True)
    assert "Write for her (km)" in desk.get(answer.location)


def test_what_is_missing_or_gone_is_said(desk: Desk, alert: Mailing) -> None:
    design = kept(desk, alert)
    asked = desk.post(f"{design}/begin", list=alert.list_id)
    assert (asked.status_code, "Choose the page" in asked.text) == (422, True)
    assert desk.post(f"{design}/begin", about=alert.page_id, list=99).status_code == 404
    assert desk.post(f"{DESK}/designs/99/begin", list=alert.list_id).status_code == 404
    unnamed = desk.post(f"{DESK}/{alert.id}/design", name=" ")
    assert (unnamed.status_code, "Give it a name" in unnamed.text) == (422, True)


def test_it_is_renamed_deleted_and_brought_back(desk: Desk, alert: Mailing) -> None:
    design, other = kept(desk, alert), kept(desk, alert, "Other")
    taken = desk.post(f"{design}/rename", name="Other")
    assert (taken.status_code, "Another design has this name" in taken.text) == (422, True)
    assert "It has its new name." in desk.get(desk.post(f"{design}/rename", name="First").location)
    assert desk.post(f"{design}/drop").location == f"{DESK}/designs#deleted"
    assert f"{design}/back" in desk.get(f"{DESK}/designs")
    assert design not in desk.get(f"{DESK}/new")
    assert "It was deleted" in desk.get(design)
    desk.post(f"{other}/rename", name="First")
    refused = desk.post(f"{design}/back")
    assert (refused.status_code, "Another design has this name" in refused.text) == (422, True)
    desk.post(f"{other}/rename", name="Second")
    assert "It is back." in desk.get(desk.post(f"{design}/back").location)
    assert [one.name for one in designs.standing()] == ["First", "Second"]
