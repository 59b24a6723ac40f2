import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions import clock
from actions.actors import OPERATOR
from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import operations, queries, tallies
from actions.mailings.models import Mailing, MailingKind, MailingState
from actions.pages.models import Page
from actions.staff.roles import StaffRole
from tests.factories.mailings import draft_alert, launch, rows_of
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.staff import make_staff, post, sign_in
from tests.factories.supporters import make_subscriber

DESK = "/desk/mailings"


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    made = make_list()
    make_subscriber(made)
    return made


@pytest.fixture
def page(updates: MailingList) -> Page:
    return make_page()


@pytest.fixture
def desk(client: FlaskClient, page: Page) -> FlaskClient:
    sign_in(client, make_staff(StaffRole.EDITOR, StaffRole.SENDER))
    return client


@pytest.fixture
def sending(updates: MailingList, page: Page) -> Mailing:
    return launch(draft_alert(updates, page, key="on-its-way"))


def test_an_empty_list_says_what_mailings_are(desk: FlaskClient) -> None:
    assert "Write the first one" in desk.get(DESK).text


def test_an_alert_begins_from_its_page(desk: FlaskClient, page: Page, updates: MailingList) -> None:
    answer = post(desk, f"{DESK}/new", f"{DESK}/new", what="alert", about=page.id, list=updates.id)
    assert answer.status_code == 303
    (mailing,) = queries.newest(2)
    shown = desk.get(answer.location).text
    assert (mailing.kind, mailing.page_id) == (MailingKind.ALERT, page.id)
    assert "Send me a test" in shown
    assert queries.texts_of(mailing)["en"].subject in desk.get(DESK).text


def test_a_newsletter_begins_empty_and_what_is_gone_is_not_found(desk: FlaskClient, updates: MailingList) -> None:
    assert post(desk, f"{DESK}/new", f"{DESK}/new", what="newsletter", list=updates.id).status_code == 303
    for wrong in ({"what": "update", "about": 99}, {"what": "nothing"}, {"what": "newsletter", "list": "x"}):
        assert post(desk, f"{DESK}/new", f"{DESK}/new", **wrong).status_code == 404


def test_a_mailing_on_its_way_is_watched_without_a_script(desk: FlaskClient, sending: Mailing) -> None:
    here = f"{DESK}/{sending.id}"
    refresh = '<noscript><meta http-equiv="refresh" content="3"></noscript>'
    assert refresh not in desk.get(here).text
    watched = desk.get(f"{here}?watch=1").text
    assert refresh in watched
    assert "1 of 1 are still to go." in watched


def test_a_screen_asks_for_its_middle_again_until_it_is_over(desk: FlaskClient, sending: Mailing) -> None:
    here, again = f"{DESK}/{sending.id}", {"HX-Request": "true"}
    asked = desk.get(here, headers=again)
    assert asked.status_code == 200
    assert asked.text.strip().startswith("<main")
    assert 'hx-trigger="every 2s"' in asked.text
    for row in rows_of(sending):
        row.state, row.ended_at = DeliveryState.SENT, clock.now()
    operations.settle(sending, by=OPERATOR)
    db.session.commit()
    over = desk.get(here, headers=again)
    assert over.status_code == 286
    assert "hx-trigger" not in over.text
    assert "It is over: 1 sent." in over.text


def test_a_large_one_says_when_it_was_counted(
    desk: FlaskClient, sending: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tallies, "LARGE", 0)
    for screen in (f"{DESK}/{sending.id}", f"{DESK}/{sending.id}/results", "/desk"):
        assert "As of" in desk.get(screen).text, screen


def test_it_is_paused_resumed_and_cancelled_and_twice_is_once(desk: FlaskClient, sending: Mailing) -> None:
    here = f"{DESK}/{sending.id}"
    for verb, state in (
        ("pause", MailingState.PAUSED),
        ("pause", MailingState.PAUSED),
        ("resume", MailingState.SENDING),
        ("pause", MailingState.PAUSED),
        ("cancel", MailingState.CANCELLED),
        ("resume", MailingState.CANCELLED),
    ):
        assert post(desk, here, f"{here}/{verb}").status_code == 303
        db.session.expire_all()
        assert sending.state is state


def test_results_are_shown_and_downloaded(desk: FlaskClient, sending: Mailing) -> None:
    assert "By country" in desk.get(f"{DESK}/{sending.id}/results").text
    assert "100.0% of all" in desk.get(f"{DESK}/{sending.id}/results").text
    file = desk.get(f"{DESK}/{sending.id}/results.csv")
    assert file.text.splitlines()[0] == "by,key,sent,refused,left_out,open,acted"
    assert file.headers["Content-Disposition"] == f'attachment; filename="mailing-{sending.id}.csv"'


def test_a_draft_is_copied_and_thrown_away(desk: FlaskClient, updates: MailingList, page: Page) -> None:
    draft = draft_alert(updates, page)
    here = f"{DESK}/{draft.id}"
    copied = post(desk, here, f"{here}/copy").location
    assert post(desk, here, f"{here}/discard").location == DESK
    assert (desk.get(here).status_code, desk.get(copied).status_code) == (404, 200)


def test_who_may_only_look_changes_nothing(client: FlaskClient, sending: Mailing) -> None:
    sign_in(client, make_staff())
    here = f"{DESK}/{sending.id}"
    assert client.get(here).status_code == 200
    assert post(client, here, f"{here}/pause").status_code == 403
    assert client.get(f"{DESK}/new").status_code == 403
