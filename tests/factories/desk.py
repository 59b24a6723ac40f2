"""A browser at the desk: what a form holds is sent with the token that the desk asks for."""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from actions.staff.roles import StaffRole
from tests.factories.staff import csrf, make_staff, sign_in


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
    reader = _Form(action)
    reader.feed(html)
    reader.fields.pop("csrf_token", None)
    return reader.fields


class _Form(HTMLParser):
    """Inputs, text areas and chosen options of one form; a name that stands twice is a list."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.fields: dict[str, Any] = {}
        self._inside = False
        self._area: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = given.get("action") == self.action
        if not self._inside:
            return
        name = given.get("name") or ""
        if tag == "textarea":
            self._area = name
            self.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.fields[self._select] = given.get("value") or ""
        elif tag == "input" and name and (given.get("type") not in {"radio", "checkbox"} or "checked" in given):
            self._add(name, given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.fields[self._area] += data.removeprefix("\n") if not self.fields[self._area] else data

    def _add(self, name: str, value: str) -> None:
        if name in self.fields:
            before = self.fields[name]
            self.fields[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            self.fields[name] = value
