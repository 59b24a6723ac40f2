from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm.session import Session as Db

from actions.actors import OPERATOR
from actions.clock import clock
from actions.staff.models import Staff, StaffSession
from actions.staff.operations import shut_out
from actions.staff.roles import StaffRole
from actions.staff.sessions import IDLE, LONGEST, forget_ended
from tests.factories.staff import a_browser, make_staff, post, sign_in


@pytest.fixture
def member(client: FlaskClient) -> Staff:
    made = make_staff(StaffRole.ADMIN)
    sign_in(client, made)
    return made


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("desk")
    assert found is not None
    return found.value


def is_in(client: FlaskClient) -> bool:
    return client.get("/desk").status_code == 200


@pytest.mark.requirement("W-04")
def test_a_cookie_that_was_signed_out_is_worth_nothing(app: Flask, client: FlaskClient, member: Staff) -> None:
    stolen = cookie(client)
    post(client, "/desk", "/desk/sign-out")
    thief = a_browser(app)
    thief.set_cookie("desk", stolen)
    assert not is_in(thief)


@pytest.mark.requirement("W-04")
def test_a_planted_cookie_is_changed_at_sign_in(client: FlaskClient, session: Db) -> None:
    client.get("/desk/sign-in")
    planted = cookie(client)
    sign_in(client, make_staff(StaffRole.VIEWER))
    assert cookie(client) != planted
    assert session.query(StaffSession).filter(StaffSession.staff_id.is_not(None)).count() == 1


@pytest.mark.requirement("W-04")
def test_a_session_ends_when_nobody_comes_and_at_the_latest_after_twelve_hours(
    client: FlaskClient, session: Db, member: Staff
) -> None:
    clock.move(IDLE - timedelta(minutes=1))
    assert is_in(client)
    clock.move(IDLE - timedelta(minutes=1))
    assert is_in(client), "each visit counts"
    clock.move(IDLE + timedelta(seconds=1))
    assert not is_in(client)
    assert forget_ended() >= 1


@pytest.mark.requirement("W-04")
def test_a_screen_that_asks_for_itself_does_not_keep_its_reader_signed_in(client: FlaskClient, member: Staff) -> None:
    for _ in range(4):
        clock.move(IDLE / 4)
        client.get("/desk", headers={"HX-Request": "true"})
    clock.move(timedelta(seconds=1))
    assert not is_in(client)


def test_the_longest_time_is_kept_however_busy_one_is(client: FlaskClient, member: Staff) -> None:
    for _ in range(int(LONGEST / timedelta(minutes=20))):
        assert is_in(client)
        clock.move(timedelta(minutes=20))
    assert not is_in(client)


@pytest.mark.requirement("W-04")
def test_whoever_is_shut_out_is_out_at_once(client: FlaskClient, session: Db, member: Staff) -> None:
    make_staff(StaffRole.ADMIN, email="second@open-door.test")
    shut_out(session.get_one(Staff, member.id), by=OPERATOR)
    session.commit()
    assert not is_in(client)


def test_one_sees_and_ends_one_s_own_browsers_and_nobody_else_s(
    app: Flask, client: FlaskClient, session: Db, member: Staff
) -> None:
    other = a_browser(app)
    sign_in(other, make_staff(StaffRole.VIEWER, email="second@open-door.test", name="Ben"))
    foreign = session.query(StaffSession).filter(StaffSession.staff_id != member.id).one()
    assert post(client, "/desk/account", f"/desk/account/sessions/{foreign.id}/end").status_code == 404
    own = session.query(StaffSession).filter(StaffSession.staff_id == member.id).one()
    assert post(client, "/desk/account", f"/desk/account/sessions/{own.id}/end").status_code == 303
    assert not is_in(client)
    assert is_in(other)


@pytest.mark.requirement("W-03")
def test_over_https_the_cookie_has_the_prefix_and_every_flag(app: Flask, client: FlaskClient) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"base_url": "https://act.open-door.test"})
    said = client.get("/desk/sign-in", base_url="https://localhost").headers["Set-Cookie"]
    assert said.startswith("__Host-desk=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in said
