import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.staff.access import ROLE
from actions.staff.roles import StaffRole
from tests.factories.staff import csrf, make_staff, sign_in


@pytest.mark.requirement("W-01")
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_a_form_of_another_site_is_refused(client: FlaskClient, headers: dict[str, str]) -> None:
    sign_in(client, make_staff(StaffRole.ADMIN))
    token = csrf(client.get("/desk"))
    answer = client.post(
        "/desk/settings/staff/invite", data={"csrf_token": token, "email": "x@y.test"}, headers=headers
    )
    assert answer.status_code == 403
    assert "Nothing was changed" in answer.text


@pytest.mark.requirement("W-01")
@pytest.mark.parametrize("token", ["", "forged"])
def test_a_form_without_our_token_is_refused(client: FlaskClient, token: str) -> None:
    sign_in(client, make_staff(StaffRole.ADMIN))
    assert client.post("/desk/settings/staff/invite", data={"csrf_token": token}).status_code == 403


@pytest.mark.requirement("W-08")
def test_a_member_without_the_role_is_told_which_one(client: FlaskClient) -> None:
    sign_in(client, make_staff(StaffRole.EDITOR))
    answer = client.get("/desk/settings/staff")
    assert answer.status_code == 403
    assert "“admin”" in answer.text


def test_a_stranger_is_led_to_the_sign_in_and_back(client: FlaskClient) -> None:
    answer = client.get("/desk/account?x=1")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/desk/sign-in?next=/desk/account?x%3D1")


@pytest.mark.requirement("W-06")
def test_what_is_sensitive_asks_again_after_a_while(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, make_staff(StaffRole.ADMIN))
    assert client.get("/desk/settings/staff").status_code == 200
    with client.session_transaction("/desk") as known:
        known["fs_paa"] = known["fs_paa"] - 20 * 60
    assert "/desk/again" in client.get("/desk/settings/staff").headers["Location"]
    assert client.get("/desk").status_code == 200


def test_every_view_says_who_may_open_it(app: Flask) -> None:
    ours = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/desk")}
    guarded = {name for name in ours if name.partition(".")[0] not in {"security", "staff", "forgotten"}}
    assert guarded
    assert [name for name in guarded if not isinstance(getattr(app.view_functions[name], ROLE, None), StaffRole)] == []


@pytest.mark.requirement("W-08")
@pytest.mark.parametrize("role", list(StaffRole))
def test_each_role_opens_what_it_may_and_nothing_else(app: Flask, client: FlaskClient, role: StaffRole) -> None:
    sign_in(client, make_staff(role))
    for rule in app.url_map.iter_rules():
        needed = getattr(app.view_functions[rule.endpoint], ROLE, None)
        if not rule.rule.startswith("/desk") or needed is None:
            continue
        path = rule.rule
        for converter in rule.arguments:
            path = re.sub(rf"<(\w+:)?{converter}>", "0", path)
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        token = {"csrf_token": csrf(client.get("/desk/account"))} if method == "POST" else None
        answer = client.open(path, method=method, data=token)
        is_allowed = role in {needed, StaffRole.ADMIN} or needed is StaffRole.VIEWER
        assert (answer.status_code != 403) is is_allowed, (role, method, path, answer.status_code)
        if path.endswith("/sign-out"):
            break


@pytest.mark.requirement("W-01")
def test_no_page_that_one_opens_signs_out(client: FlaskClient) -> None:
    sign_in(client, make_staff(StaffRole.ADMIN))
    for path in ("again", "code", "no-code", "which-factor", "second-factor", "recovery", "password", "sign-in"):
        client.get(f"/desk/{path}")
        assert client.get("/desk").status_code == 200, path
