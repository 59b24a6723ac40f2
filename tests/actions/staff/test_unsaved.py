"""A session that ends in the middle of an edit costs no word of it."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from actions.clock import clock
from actions.extensions import db
from actions.pages.models import Page, PageState
from actions.pages.queries import wordings
from actions.staff.models import StaffSession
from actions.staff.roles import StaffRole
from actions.staff.unsaved import LARGEST
from tests.factories.desk import Desk, at_the_desk, fields_of
from tests.factories.organisation import make_organisation
from tests.factories.pages import make_page
from tests.factories.staff import PASSWORD, a_browser, csrf, make_staff, post, set_up, sign_in

OURS = {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"}
WORDS = "Her school was closed in the night, and nobody has said why."


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    return at_the_desk(client, StaffRole.EDITOR)


@pytest.fixture
def page(desk: Desk) -> Page:
    made = make_page(state=PageState.DRAFT, opened_at=None)
    db.session.commit()
    return made


def path_of(page: Page) -> str:
    return f"/desk/pages/{page.id}/words/en"


def typed(desk: Desk, page: Page) -> dict[str, object]:
    return {**desk.fields(path_of(page)), "summary": WORDS, "do": "save", "csrf_token": desk.token()}


def sign_in_again(desk: Desk) -> str:
    """Where one is led to."""
    shown = desk.client.get("/desk/sign-in?next=/desk/unsaved")
    form = {"csrf_token": csrf(shown), "email": "rana@open-door.test", "password": PASSWORD, "next": "/desk/unsaved"}
    return desk.client.post("/desk/sign-in", data=form).headers["Location"]


def summary_of(page: Page) -> str:
    db.session.expire_all()
    return wordings(db.session.get_one(Page, page.id))["en"].summary


@pytest.mark.parametrize("end", ["idle", "ended by somebody"])
def test_what_was_sent_is_shown_after_signing_in_and_saved_by_a_press(desk: Desk, page: Page, end: str) -> None:
    form = typed(desk, page)
    if end == "idle":
        clock.move(timedelta(minutes=31))
    else:
        db.session.execute(delete(StaffSession))
        db.session.commit()
    sent = desk.client.post(path_of(page), data=form, headers=OURS)
    assert (sent.status_code, sent.headers["Location"]) == (303, "/desk/sign-in?next=/desk/unsaved")
    assert sign_in_again(desk) == "/desk/unsaved"
    shown = desk.get("/desk/unsaved")
    assert WORDS in shown
    assert summary_of(page) != WORDS, "looking saves nothing"
    assert "/desk/unsaved" in desk.get("/desk"), "every screen leads to it"
    again = desk.post(path_of(page), **fields_of(shown, path_of(page)))
    assert again.status_code == 303
    assert summary_of(page) == WORDS
    assert "/desk/unsaved" not in desk.get("/desk")


@pytest.mark.requirement("W-06")
def test_the_second_step_lies_on_the_way(desk: Desk, page: Page) -> None:
    set_up(desk.client)
    form = typed(desk, page)
    clock.move(timedelta(minutes=31))
    desk.client.post(path_of(page), data=form, headers=OURS)
    assert "/desk/code" in sign_in_again(desk)
    assert desk.client.get("/desk/unsaved").status_code == 303, "not before the code"


def test_who_signed_in_again_in_another_window_loses_nothing_either(desk: Desk, page: Page) -> None:
    form = {**typed(desk, page), "csrf_token": "of the session before"}
    sent = desk.client.post(path_of(page), data=form, headers=OURS)
    assert (sent.status_code, sent.headers["Location"]) == (303, "/desk/unsaved")
    assert WORDS in desk.get("/desk/unsaved")


@pytest.mark.requirement("W-01")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://elsewhere.test"},
        {"Sec-Fetch-Site": "cross-site"},
        {**OURS, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_nothing_is_kept_of_what_another_site_sent(desk: Desk, page: Page, headers: dict[str, str]) -> None:
    form = typed(desk, page)
    clock.move(timedelta(minutes=31))
    sent = desk.client.post(path_of(page), data=form, headers=headers)
    assert sent.headers["Location"] == "/desk/sign-in?next=/desk"
    sign_in_again(desk)
    assert desk.client.get("/desk/unsaved").status_code == 303


def test_only_what_one_writes_in_is_kept(desk: Desk) -> None:
    clock.move(timedelta(minutes=31))
    sent = desk.client.post("/desk/account", data={"time_zone": "UTC"}, headers=OURS)
    assert sent.headers["Location"] == "/desk/sign-in?next=/desk"


def test_too_much_is_not_kept(desk: Desk, page: Page) -> None:
    form = {**typed(desk, page), "summary": "x" * LARGEST}
    clock.move(timedelta(minutes=31))
    sent = desk.client.post(path_of(page), data=form, headers=OURS)
    assert sent.headers["Location"] == "/desk/sign-in?next=/desk"


def test_a_stranger_fills_nothing(app: Flask, desk: Desk, page: Page) -> None:
    form, path = typed(desk, page), path_of(page)
    kept = [a_browser(app).post(path, data=form, headers=OURS).headers["Location"] for _ in range(45)]
    assert any(place.endswith("next=/desk") for place in kept)


def test_it_can_be_thrown_away(desk: Desk, page: Page) -> None:
    desk.client.post(path_of(page), data={**typed(desk, page), "csrf_token": "old"}, headers=OURS)
    assert post(desk.client, "/desk/unsaved", "/desk/unsaved/forget").status_code == 303
    assert desk.client.get("/desk/unsaved").status_code == 303


def test_another_member_on_the_same_browser_is_shown_nothing_of_it(desk: Desk, page: Page) -> None:
    form = typed(desk, page)
    clock.move(timedelta(minutes=31))
    for _ in range(2):
        desk.client.post(path_of(page), data=form, headers=OURS)
    sign_in(desk.client, make_staff(StaffRole.ADMIN, email="cam@open-door.test"))
    assert desk.client.get("/desk/unsaved").status_code == 303
    assert "/desk/unsaved" not in desk.get("/desk")


def test_another_form_that_is_saved_first_leaves_it_there(desk: Desk, page: Page) -> None:
    desk.client.post(path_of(page), data={**typed(desk, page), "csrf_token": "old"}, headers=OURS)
    path = f"/desk/pages/{page.id}/details"
    assert desk.post(path, **desk.fields(path)).status_code == 303
    assert WORDS in desk.get("/desk/unsaved")
