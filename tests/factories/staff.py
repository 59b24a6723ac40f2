"""Members of staff, and their browsers at the desk."""

import re
from typing import Any

from flask import Flask, g, has_app_context
from flask.testing import FlaskClient
from passlib.totp import TOTP
from werkzeug.test import TestResponse

from actions.actors import OPERATOR
from actions.addresses import parse_address
from actions.extensions import db
from actions.staff import operations
from actions.staff.invitations import invitation_url
from actions.staff.models import Staff
from actions.staff.roles import StaffRole

PASSWORD = "candle-harbour-violet-91"  # a throw-away one
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def make_staff(*roles: StaffRole, email: str = "rana@open-door.test", name: str = "Rana") -> Staff:
    """Invited, and not here yet."""
    member = operations.invite(parse_address(email), roles, name=name, by=OPERATOR)
    db.session.commit()
    return member


class Browser(FlaskClient):
    def open(self, *args: Any, **options: Any) -> TestResponse:
        for noted in list(g) if has_app_context() else ():
            g.pop(noted)
        return super().open(*args, **options)


def a_browser(app: Flask) -> FlaskClient:
    """Another one than the test's own."""
    return Browser(app, TestResponse)


def csrf(answer: TestResponse) -> str:
    """The token of the forms on a page."""
    found = _TOKEN.search(answer.text)
    assert found, answer.text
    return found[1]


def post(client: FlaskClient, page: str, path: str, **fields: object) -> TestResponse:
    """A form of `page`, as its reader sends it."""
    return client.post(path, data={"csrf_token": csrf(client.get(page)), **fields})


def sign_in(client: FlaskClient, member: Staff) -> None:
    """By the invitation, which gives the member PASSWORD."""
    path = invitation_url(member).removeprefix("http://localhost:8000")
    answer = post(client, path, path, name=member.name, password=PASSWORD, again=PASSWORD)
    assert answer.status_code == 303, answer.text
    db.session.expire_all()


def set_up(client: FlaskClient) -> TOTP:
    """A second factor, as its owner sets it up."""
    shown = post(client, "/desk/second-factor", "/desk/second-factor", setup="authenticator")
    key = re.search(r'second-factor-key">([^<]+)<', shown.text)
    action = re.search(r'action="(/desk/second-factor/[^"]+)"', shown.text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
    assert key is not None
    assert action is not None
    assert token is not None
    totp = TOTP(key=key[1].replace("-", ""))
    answer = client.post(action[1], data={"csrf_token": token[1], "code": totp.generate().token})
    assert answer.status_code == 302, answer.text
    return totp
