"""How a browser sends a form: all that the page put into it, and what a person typed."""

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class _Fields(HTMLParser):
    """The inputs of the form whose action is `action`, as a browser would send them untouched."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action
        self.inside = False
        self.found: dict[str, Any] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self.inside = named.get("action") == self.action
        if self.inside and tag == "input" and named.get("name") and named.get("type") not in {"checkbox", "radio"}:
            self.found.setdefault(str(named["name"]), named.get("value") or "")
        if self.inside and tag == "input" and "checked" in named:
            self._tick(str(named["name"]), named.get("value") or "on")

    def _tick(self, name: str, value: str) -> None:
        """Of several boxes with one name, a list."""
        before = self.found.get(name)
        self.found[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]


def fields_of(html: str, action: str) -> dict[str, Any]:
    parser = _Fields(action)
    parser.feed(html)
    return parser.found


def send_form(client: FlaskClient, page: str, action: str, **typed: Any) -> TestResponse:
    """Open `page`, fill in the form that goes to `action`, press its button."""
    shown = client.get(page)
    assert shown.status_code == 200, shown.text
    return client.post(action, data=fields_of(shown.text, action) | typed)
