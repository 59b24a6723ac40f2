"""A person with a browser and a mailbox, without scripts or cookies: opens pages, fills in forms, reads mail."""

import json
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

PATIENCE = 30.0
TIMEOUT = 30


class JourneyFailed(Exception):
    """The sentence says what was expected and what came instead."""


@dataclass(frozen=True)
class Answer:
    status: int
    url: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    def must_say(self, words: str) -> "Answer":
        if words not in self.text:
            raise JourneyFailed(f"{self.url} ({self.status}) should say “{words}”")
        return self


@dataclass(frozen=True)
class Mail:
    subject: str
    to: str
    text: str
    links: list[str]
    headers: Mapping[str, list[str]]

    def link(self, path: str) -> str:
        """The first link below `path`, such as "/c/"."""
        for link in self.links:
            if urllib.parse.urlsplit(link).path.startswith(path):
                return link
        raise JourneyFailed(f"the mail “{self.subject}” has no link to {path}")


class _Forms(HTMLParser):
    """Each form as a browser would send it untouched: (action, fields)."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._open = False
        self._text_area = ""
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((values.get("action", ""), {}))
            self._open = True
        if not self._open:
            return
        name, fields = values.get("name", ""), self.forms[-1][1]
        ticked = values.get("type") in {"checkbox", "radio"}
        if tag == "input" and name and (not ticked or "checked" in values):
            fields[name] = values.get("value", "on" if ticked else "")
        elif tag == "textarea" and name:
            self._text_area, fields[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in values or self._select not in fields):
            fields[self._select] = values.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._open and self._text_area:
            self.forms[-1][1][self._text_area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        elif tag == "textarea":
            self._text_area = ""
        elif tag == "select":
            self._select = ""


def forms_in(html: str) -> list[tuple[str, dict[str, str]]]:
    parser = _Forms()
    parser.feed(html)
    return parser.forms


@dataclass
class Visitor:
    """One person. `email` is their own address, new for every visitor."""

    base_url: str
    first_name: str = "Ann"
    last_name: str = "Example"
    country: str = "US"
    email: str = field(default_factory=lambda: f"ann-{secrets.token_hex(5)}@people.test")

    @property
    def details(self) -> dict[str, str]:
        return {
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "country": self.country,
        }

    def open(self, url: str) -> Answer:
        return self._send(urllib.request.Request(self._whole(url)))  # noqa: S310  # our own loopback address

    def post(self, url: str, fields: Mapping[str, str] | Sequence[tuple[str, str]]) -> Answer:
        body = urllib.parse.urlencode(fields).encode()
        return self._send(urllib.request.Request(self._whole(url), body))  # noqa: S310  # as above

    def submit(self, page: Answer, action: str, which: Mapping[str, str] | None = None, **typed: str) -> Answer:
        """Fill in the form of `page` that goes to `action`, and press its button; `which` tells forms apart."""
        wanted = (which or {}).items()
        for to, fields in forms_in(page.text):
            if urllib.parse.urlsplit(to).path == action and wanted <= fields.items():
                known = {name: value for name, value in self.details.items() if name in fields}
                return self.post(to, {**fields, **known, **typed})
        raise JourneyFailed(f"{page.url} ({page.status}) has no form that goes to {action}")

    def mail(self, has: Callable[[Mail], bool], what: str, after: int = 0) -> Mail:
        """Wait for a mail to this person of which `has` is true; `after` skips that many older ones."""
        return wait_for_mail(self.base_url, self.email, has, what, after)

    def confirm(self, after: int = 0) -> Answer:
        """Open the confirmation link, then press the one button that is there."""
        link = self.mail(lambda mail: any("/c/" in one for one in mail.links), "confirmation", after).link("/c/")
        self.open(link)
        return self.press(link)

    def press(self, link: str) -> Answer:
        page = self.open(link)
        return self.submit(page, urllib.parse.urlsplit(link).path)

    def _whole(self, url: str) -> str:
        return urllib.parse.urljoin(self.base_url, url)

    def _send(self, request: urllib.request.Request) -> Answer:
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310  # as above
                return Answer(answer.status, answer.url, answer.read(), dict(answer.headers))
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, request.full_url, refused.read(), dict(refused.headers))


def mails_to(base_url: str, address: str) -> list[Mail]:
    """Newest first."""
    with urllib.request.urlopen(f"{base_url}/mailbox.json", timeout=TIMEOUT) as answer:  # noqa: S310  # as above
        caught: list[dict[str, Any]] = json.load(answer)
    return [
        Mail(one["subject"], address, one["text"], one["links"], one["headers"])
        for one in caught
        if address in one["to"]
    ]


def wait_for_mail(base_url: str, address: str, has: Callable[[Mail], bool], what: str, after: int = 0) -> Mail:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = [mail for mail in mails_to(base_url, address) if has(mail)]
        if len(found) > after:
            return found[0]
        time.sleep(0.2)
    raise JourneyFailed(f"no {what} reached {address} within {PATIENCE:.0f} seconds")
