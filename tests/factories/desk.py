"""A browser at the desk: what a form holds is sent with the token that the desk asks for."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from actions.staff.roles import StaffRole
from tests.factories.staff import csrf, make_staff, sign_in
from tests.factories.typed import forms_in


@dataclass(frozen=True)
class Desk:
    client: FlaskClient
    staff_id: int

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)

    def post(self, path: str, **data: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **data})

    def token(self) -> str:
        return csrf(self.client.get("/desk/consent-texts"))

    def fields(self, path: str, action: str | None = None) -> dict[str, Any]:
        """What the form that goes to `action` (else to `path`) holds as it is shown."""
        return fields_of(self.get(path), action or path)


def at_the_desk(client: FlaskClient, *roles: StaffRole) -> Desk:
    staff = make_staff(*roles)
    sign_in(client, staff)
    return Desk(client, staff.id)


def fields_of(html: str, action: str) -> dict[str, Any]:
    """What the forms that go there hold, as they are shown; a name that stands twice is a list."""
    held: dict[str, list[str]] = {}
    for name, value in (pair for form in forms_in(html, "") if form.action == action for pair in form.held):
        held.setdefault(name, []).append(value)
    held.pop("csrf_token", None)
    return {name: values if len(values) > 1 else values[0] for name, values in held.items()}
