"""One sign-up all the way: the web takes it, a worker mails it, the catcher keeps it, and it is taken back."""

import json
import secrets
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path

TIMEOUT = 10


class CheckFailed(Exception):
    """The sentence says how far the sign-up came."""


class FormFields(HTMLParser):
    """The hidden fields of the form that posts to `action`."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._action = action
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = values.get("action") == self._action
        elif tag == "input" and self._inside and values.get("type") == "hidden":
            self.fields[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


class SelfCheck:
    """`begin`, then `mail_came` until it is true, then `take_back`."""

    def __init__(self, base_url: str, mailbox: Path) -> None:
        self._base_url = base_url
        self._mailbox = mailbox
        self._address = f"self-check-{secrets.token_hex(6)}@open-door.test"
        self._link = ""
        self._mail = ""

    def begin(self) -> None:
        form = FormFields("/join")
        form.feed(fetch(f"{self._base_url}/join"))
        fetch(f"{self._base_url}/join", {**form.fields, "email": self._address})

    def mail_came(self) -> bool:
        for mail in json.loads(fetch(f"{self._base_url}/mailbox.json")):
            if self._address in str(mail["to"]):
                self._mail = str(mail["id"])
                self._link = next(link for link in mail["links"] if "/c/" in link)
                return True
        return False

    def take_back(self) -> None:
        """By the button "this wasn't me", so that the demo's numbers stay what they were; and without its mail."""
        fetch(self._link, {"do": "refuse"})
        for suffix in (".eml", ".json"):
            (self._mailbox / self._mail).with_suffix(suffix).unlink(missing_ok=True)


def check(base_url: str, mailbox: Path, wait: Callable[[Callable[[], bool]], bool]) -> None:
    """Raises CheckFailed. `wait` waits for what it is given, and is False when it waited too long."""
    round_trip = SelfCheck(base_url, mailbox)
    try:
        round_trip.begin()
        if not wait(round_trip.mail_came):
            raise CheckFailed("The web took a sign-up, but its mail did not reach the mailbox.")
        round_trip.take_back()
    except (OSError, ValueError, LookupError, StopIteration) as error:
        raise CheckFailed(f"A sign-up did not go through: {error}") from error


def is_healthy(base_url: str) -> bool:
    try:
        fetch(f"{base_url}/health")
    except OSError:
        return False
    return True


def fetch(url: str, fields: Mapping[str, str] | None = None) -> str:
    """The page, after redirects; OSError for an answer of 400 and above."""
    body = None if fields is None else urllib.parse.urlencode(fields).encode()
    with urllib.request.urlopen(url, body, timeout=TIMEOUT) as answer:  # noqa: S310  # our own loopback address
        text: str = answer.read().decode()
        return text
