from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions import clock
from actions.actors import WORKER
from actions.extensions import db
from actions.pages.models import Page, PageState
from actions.signatures.models import Handover, Signature
from actions.signatures.operations import withdraw
from actions.staff import second_eyes
from actions.staff.models import AuditEntry
from actions.staff.roles import StaffRole
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.staff import a_browser, make_staff, post, sign_in
from tests.factories.waiting import newest_link, sign
from workers.handovers import seal


@pytest.fixture
def page(app: Flask, client: FlaskClient) -> Page:
    make_organisation()
    make_list()
    made = make_page()
    sign(client, first_name="Zoë", show_name="full")
    client.post(newest_link())
    return made


@pytest.fixture
def desk(app: Flask, page: Page) -> FlaskClient:
    browser = a_browser(app)
    sign_in(browser, make_staff(StaffRole.EDITOR, StaffRole.EXPORTER))
    return browser


def home(page: Page) -> str:
    return f"/desk/pages/{page.id}/handover"


def sealed(page: Page, desk: FlaskClient) -> Handover:
    assert post(desk, home(page), home(page)).status_code == 303
    made = db.session.scalars(select(Handover).order_by(Handover.id.desc())).first()
    assert made is not None
    seal(made.id)
    db.session.expire_all()
    return made


def test_a_petition_is_sealed_taken_and_handed_over(page: Page, desk: FlaskClient) -> None:
    assert post(desk, home(page), home(page)).status_code == 303
    assert "The list is being read" in desk.get(home(page)).text
    handover = sealed(page, desk)
    at = f"{home(page)}/{handover.id}"
    shown = desk.get(home(page)).text
    assert str(handover.digest) in shown
    table = post(desk, home(page), f"{at}/list.csv")
    assert "Zoë Lee" in table.text
    assert table.headers["Content-Disposition"].endswith('.csv"')
    sheet = post(desk, home(page), f"{at}/part-1.pdf")
    assert sheet.data.startswith(b"%PDF-")
    assert post(desk, home(page), f"{at}/part-2.pdf").status_code == 404
    today = clock.now().date().isoformat()
    assert post(desk, home(page), f"{at}/done", to=" the  embassy ", on=today).status_code == 303
    shown = desk.get(home(page)).text
    assert "to <bdi>the embassy</bdi>" in shown
    assert post(desk, home(page), f"{at}/list.csv").status_code == 409
    update = desk.get(f"/desk/pages/{page.id}/update?handover={handover.id}").text
    assert "1 signatures were handed over: the embassy" in update or "1 signature was handed over" in update
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert {"sealed a petition", "took out a petition", "handed a petition over"} <= set(actions)


def test_a_petition_that_nobody_shows_their_name_under_is_a_cover(app: Flask, desk: FlaskClient) -> None:
    empty = make_page("empty")
    handover = sealed(empty, desk)
    assert post(desk, home(empty), f"{home(empty)}/{handover.id}/part-1.pdf").data.startswith(b"%PDF-")


def test_a_list_that_changed_says_so(page: Page, desk: FlaskClient) -> None:
    handover = sealed(page, desk)
    withdraw(db.session.scalars(select(Signature)).one(), by=WORKER)
    db.session.commit()
    for file in ("list.csv", "part-1.pdf"):
        answer = post(desk, home(page), f"{home(page)}/{handover.id}/{file}")
        assert answer.status_code == 409
        assert "Seal it again" in answer.text
        assert "Zoë" not in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"to": "", "on": "2026-01-01"}, "Say whom"),
        ({"to": "x", "on": "soon"}, "Choose the day"),
        ({"to": "x", "on": "9999-01-01"}, "Choose the day"),
    ],
)
def test_what_is_missing_is_asked_for(page: Page, desk: FlaskClient, typed: dict[str, str], said: str) -> None:
    handover = sealed(page, desk)
    answer = post(desk, home(page), f"{home(page)}/{handover.id}/done", **typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert handover.handed_over_on is None


def test_names_leave_only_with_an_exporter(app: Flask, page: Page, desk: FlaskClient) -> None:
    handover = sealed(page, desk)
    browser = a_browser(app)
    sign_in(browser, make_staff(StaffRole.EDITOR, email="ed@open-door.test"))
    shown = browser.get(home(page)).text
    assert "role of an exporter" in shown
    assert "list.csv" not in shown
    path = f"/desk/pages/{page.id}/signatures/invalid"
    assert post(browser, path, f"{home(page)}/{handover.id}/list.csv").status_code == 403


@pytest.mark.requirement("W-09")
def test_many_names_leave_only_after_a_second_yes(app: Flask, page: Page, desk: FlaskClient) -> None:
    handover = sealed(page, desk)
    files = [f"{home(page)}/{handover.id}/{name}" for name in ("list.csv", "part-1.pdf")]
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"four_eyes_above": 0})
    alone = post(desk, home(page), files[0])
    assert (alone.status_code, "nobody else here may export" in alone.text, "Zoë" in alone.text) == (403, True, False)
    other = a_browser(app)
    sign_in(other, make_staff(StaffRole.EXPORTER, email="ben@open-door.test", name="Ben"))
    for file in files:
        assert "stands on their screen" in post(desk, home(page), file).text
    (look,) = second_eyes.waiting()
    assert look.number == 1
    answer = post(other, "/desk", f"/desk/second-eyes/{look.id}", answer="yes")
    assert (answer.status_code, answer.location) == (303, home(page))
    for file in files:
        assert post(desk, home(page), file).status_code == 200
    again = sealed(page, desk)
    assert post(desk, home(page), f"{home(page)}/{again.id}/list.csv").status_code == 403, "it was for the other list"


def test_few_names_ask_nobody(app: Flask, page: Page, desk: FlaskClient) -> None:
    handover = sealed(page, desk)
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"four_eyes_above": 1})
    assert "second exporter" not in desk.get(home(page)).text
    assert post(desk, home(page), f"{home(page)}/{handover.id}/list.csv").status_code == 200


def test_a_handover_is_found_under_its_own_page_alone(page: Page, desk: FlaskClient) -> None:
    handover, other = sealed(page, desk), make_page("other")
    assert post(desk, home(page), f"{home(other)}/{handover.id}/list.csv").status_code == 404
    draft = make_page("draft", state=PageState.DRAFT)
    assert desk.get(home(draft)).status_code == 404
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    assert f'max="{tomorrow}"' not in desk.get(home(page)).text
