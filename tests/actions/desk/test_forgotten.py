"""A forgotten password is mailed to a member's own mailbox, and never becomes a way around the second step."""

import re
import time
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.clock import clock
from actions.confirmations.models import LinkRequest
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.staff.models import AuditEntry, Staff, StaffSession
from actions.staff.roles import StaffRole
from email_templates.catalogue import NewPassword, SecurityNotice
from tests.factories.organisation import make_organisation
from tests.factories.staff import PASSWORD, a_browser, make_staff, post, set_up, sign_in
from tests.factories.worker import answer_requests

OTHER = "lantern-orchard-quiet-48"  # a throw-away one
RANA = "rana@open-door.test"


@pytest.fixture
def member(app: Flask, client: FlaskClient) -> Staff:
    make_organisation()
    made = make_staff(StaffRole.EDITOR)
    sign_in(client, made)
    return made


def ask(app: Flask, email: str = RANA) -> str:
    answer = post(a_browser(app), "/desk/forgotten", "/desk/forgotten", email=email)
    assert answer.status_code == 200
    answer_requests()
    return re.sub(r'value="[^"]+"', "", answer.text)


def mailed(kind: str = NewPassword.folder) -> list[Delivery]:
    db.session.expire_all()
    return list(db.session.scalars(select(Delivery).where(Delivery.kind == kind).order_by(Delivery.id)))


def link() -> str:
    found = re.search(r"http://localhost:8000(/desk/new-password/[^\"]+)", mailed()[-1].values or "")
    assert found
    return found[1]


def choose(client: FlaskClient, path: str, password: str = OTHER) -> int:
    return post(client, path, path, password=password, again=password).status_code


def enter(client: FlaskClient, password: str) -> str:
    answer = post(client, "/desk/sign-in", "/desk/sign-in", email=RANA, password=password)
    return answer.headers.get("Location", "") if answer.status_code in {302, 303} else ""


def test_a_member_gets_a_link_and_signs_in_with_the_new_password(app: Flask, member: Staff) -> None:
    ask(app)
    browser = a_browser(app)
    assert choose(browser, link()) == 200
    assert browser.get("/desk").status_code == 303, "the link signs nobody in"
    assert enter(browser, PASSWORD) == ""
    assert enter(browser, OTHER)
    assert browser.get("/desk").status_code == 200


@pytest.mark.requirement("W-06")
def test_the_second_step_stays(app: Flask, client: FlaskClient, member: Staff) -> None:
    totp = set_up(client)
    ask(app)
    browser = a_browser(app)
    assert choose(browser, link()) == 200
    assert "/desk/code" in enter(browser, OTHER)
    assert browser.get("/desk").status_code == 303, "the password alone is not enough"
    following = totp.generate(time.time() + 30).token
    assert post(browser, "/desk/code", "/desk/code", code=following).status_code in {302, 303}
    assert browser.get("/desk").status_code == 200


@pytest.mark.requirement("W-07")
def test_everybody_gets_the_same_answer_and_only_a_member_a_mail(app: Flask, member: Staff) -> None:
    assert ask(app) == ask(app, "nobody@elsewhere.test")
    assert [delivery.staff_id for delivery in mailed()] == [member.id]
    assert db.session.scalars(select(LinkRequest)).all() == []


def test_looking_at_the_link_changes_nothing(app: Flask, member: Staff) -> None:
    ask(app)
    for _ in range(3):
        assert a_browser(app).get(link()).status_code == 200
    assert enter(a_browser(app), PASSWORD)


def test_a_link_works_once(app: Flask, member: Staff) -> None:
    ask(app)
    path = link()
    assert choose(a_browser(app), path) == 200
    assert a_browser(app).get(path).status_code == 404


def test_a_newer_link_ends_the_one_before(app: Flask, member: Staff) -> None:
    ask(app)
    before = link()
    clock.move(timedelta(minutes=6))
    ask(app)
    assert a_browser(app).get(before).status_code == 404
    assert a_browser(app).get(link()).status_code == 200


def test_a_link_ends_after_its_hour(app: Flask, member: Staff) -> None:
    ask(app)
    path = link()
    clock.move(timedelta(minutes=61))
    assert a_browser(app).get(path).status_code == 410


def test_a_link_ends_when_the_password_changes(app: Flask, client: FlaskClient, member: Staff) -> None:
    ask(app)
    path = link()
    form = {"password": PASSWORD, "new_password": OTHER, "new_password_confirm": OTHER}
    assert post(client, "/desk/password", "/desk/password", **form).status_code in {302, 303}
    assert a_browser(app).get(path).status_code == 404


@pytest.mark.requirement("W-04")
def test_every_session_ends_and_the_member_is_told(app: Flask, client: FlaskClient, member: Staff) -> None:
    ask(app)
    choose(a_browser(app), link())
    assert db.session.scalars(select(StaffSession).where(StaffSession.staff_id == member.id)).all() == []
    assert client.get("/desk").status_code == 303
    assert [delivery.staff_id for delivery in mailed(SecurityNotice.folder)] == [member.id]
    assert "chose a new password by mail" in db.session.scalars(select(AuditEntry.action)).all()


@pytest.mark.requirement("W-05")
def test_a_poor_password_is_refused_and_the_link_still_works(app: Flask, member: Staff) -> None:
    ask(app)
    assert choose(a_browser(app), link(), "short") == 422
    assert choose(a_browser(app), link()) == 200


def test_what_is_no_address_is_said(app: Flask, member: Staff) -> None:
    for typed in ("", "rana"):
        answer = post(a_browser(app), "/desk/forgotten", "/desk/forgotten", email=typed)
        assert answer.status_code == 422
        assert "email address" in answer.text


def test_nothing_of_it_is_kept_by_a_browser(app: Flask, member: Staff) -> None:
    ask(app)
    assert a_browser(app).get(link()).headers["Cache-Control"] == "no-store"
