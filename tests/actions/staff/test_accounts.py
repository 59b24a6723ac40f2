import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm.session import Session as Db
from werkzeug.test import TestResponse

from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from tests.factories.staff import PASSWORD, a_browser, make_staff, post, set_up, sign_in

ADDRESS = "rana@open-door.test"


def enter(client: FlaskClient, password: str = PASSWORD, email: str = ADDRESS, **headers: str) -> TestResponse:
    return post(client, "/desk/sign-in", "/desk/sign-in", email=email, password=password)


def is_in(client: FlaskClient) -> bool:
    return client.get("/desk").status_code == 200


def leave(client: FlaskClient) -> None:
    assert post(client, "/desk", "/desk/sign-out").status_code == 302


@pytest.fixture
def member(client: FlaskClient) -> Staff:
    made = make_staff(StaffRole.ADMIN)
    sign_in(client, made)
    return made


def test_a_member_signs_in_and_out_by_address_in_any_case(client: FlaskClient, member: Staff) -> None:
    leave(client)
    assert not is_in(client)
    assert enter(client, email="Rana@Open-Door.test".replace("Rana", "rana")).status_code == 302
    assert is_in(client)


@pytest.mark.requirement("W-07")
@pytest.mark.parametrize("email", [ADDRESS, "nobody@open-door.test", "no address"])
def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    client: FlaskClient, member: Staff, email: str
) -> None:
    leave(client)
    answer = enter(client, password="something else entirely", email=email)
    assert "The address or the password is not right." in answer.text or "address" in answer.text
    assert not is_in(client)


@pytest.mark.requirement("W-07")
def test_who_guesses_must_wait_and_another_network_is_let_in(app: Flask, client: FlaskClient, member: Staff) -> None:
    leave(client)
    # A window of five minutes may begin anew in between.
    answers = (enter(client, password="a guess that is wrong").text for _ in range(25))
    assert any("too many tries" in answer for answer in answers)
    assert "too many tries" in enter(client).text
    elsewhere = a_browser(app)
    elsewhere.environ_base = {**elsewhere.environ_base, "REMOTE_ADDR": "203.0.113.9"}
    assert enter(elsewhere).status_code == 302
    assert is_in(elsewhere)


@pytest.mark.requirement("W-06")
def test_a_second_factor_is_asked_for_and_takes_no_code_twice(app: Flask, client: FlaskClient, member: Staff) -> None:
    totp = set_up(client)
    leave(client)
    assert "/desk/code" in enter(client).headers["Location"]
    assert not is_in(client)
    used = totp.generate().token
    assert "was used before" in post(client, "/desk/code", "/desk/code", code=used).text
    assert not is_in(client)


@pytest.mark.requirement("W-06")
def test_a_recovery_code_signs_in_once(client: FlaskClient, session: Db, member: Staff) -> None:
    set_up(client)
    shown = post(client, "/desk/recovery-codes", "/desk/recovery-codes", generate_new_codes="yes")
    codes = re.findall(r"<li><code>([^<]+)</code>", shown.text)
    assert len(codes) == 8
    session.expire_all()
    assert not set(codes) & set(session.get_one(Staff, member.id).mf_recovery_codes), "only hashes are kept"
    assert codes[0] not in client.get("/desk/recovery-codes?show_codes=1").text
    for expected in (True, False):
        leave(client) if is_in(client) else None
        enter(client)
        post(client, "/desk/recovery", "/desk/recovery", code=codes[0])
        assert is_in(client) is expected


@pytest.mark.requirement("W-06")
def test_where_it_is_required_nobody_is_in_before_they_have_a_second_factor(
    app: Flask, client: FlaskClient, member: Staff
) -> None:
    leave(client)
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"staff_second_factor": "required"})
    assert "/desk/second-factor" in enter(client).headers["Location"]
    assert not is_in(client)


@pytest.mark.requirement("W-04")
def test_a_new_password_signs_out_every_other_browser(app: Flask, client: FlaskClient, member: Staff) -> None:
    other = a_browser(app)
    enter(other)
    assert is_in(other)
    new = "lantern-gravel-seven-moth"
    answer = post(
        client, "/desk/password", "/desk/password", password=PASSWORD, new_password=new, new_password_confirm=new
    )
    assert answer.status_code == 302, answer.text
    assert not is_in(other)
    assert is_in(client)


@pytest.mark.requirement("W-05")
def test_passwords_are_hashed_as_owasp_has_it(client: FlaskClient, session: Db, member: Staff) -> None:
    session.expire_all()
    assert (session.get_one(Staff, member.id).password or "").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
