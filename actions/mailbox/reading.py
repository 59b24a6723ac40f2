"""The mail that the catcher of a demonstration holds, read from its folder."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from actions.config import settings

NEWEST = 200


class NoSuchMail(LookupError):
    """No mail has this id."""


@dataclass(frozen=True)
class CaughtMail:
    """One mail as it arrived; `to` is where the envelope said it goes."""

    id: str
    to: list[str]
    sender: str
    subject: str
    date: str
    headers: dict[str, list[str]]
    text: str
    html: str
    links: list[str]

    def to_json(self) -> dict[str, Any]:
        """The keys that design gives them: `from` is no name in Python."""
        values = asdict(self)
        values["from"] = values.pop("sender")
        return values


def newest(most: int = NEWEST) -> list[CaughtMail]:
    """Newest first."""
    return [_read(path) for path in _files()[:most]]


def mail(mail_id: str) -> CaughtMail:
    """Raises NoSuchMail."""
    return _read(_path(mail_id))


def raw(mail_id: str) -> bytes:
    """The bytes as they came over the wire. Raises NoSuchMail."""
    return _path(mail_id).read_bytes()


def _folder() -> Path:
    folder = settings().mailbox_dir
    if folder is None:
        raise NoSuchMail
    return folder


def _files() -> list[Path]:
    return sorted(_folder().glob("*.eml"), reverse=True) if _folder().is_dir() else []


def _path(mail_id: str) -> Path:
    path = _folder() / f"{mail_id}.eml"
    if not mail_id.isdigit() or not path.is_file():
        raise NoSuchMail(mail_id)
    return path


def _read(path: Path) -> CaughtMail:
    parsed = message_from_bytes(path.read_bytes(), policy=default)
    if not isinstance(parsed, EmailMessage):
        raise TypeError("the default policy makes an EmailMessage")
    html = _part(parsed, "html")
    text = _part(parsed, "plain")
    return CaughtMail(
        id=path.stem,
        to=_recipients(path),
        sender=str(parsed.get("From", "")),
        subject=str(parsed.get("Subject", "")),
        date=str(parsed.get("Date", "")),
        headers=_headers(parsed),
        text=text,
        html=html,
        links=list(dict.fromkeys([*_links_in_html(html), *_links_in_text(text)])),
    )


def _recipients(path: Path) -> list[str]:
    envelope = path.with_suffix(".json")
    return list(json.loads(envelope.read_text())["rcpt_to"]) if envelope.is_file() else []


def _headers(parsed: EmailMessage) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for name, value in parsed.items():
        named.setdefault(name, []).append(str(value))
    return named


def _part(parsed: EmailMessage, kind: str) -> str:
    found = parsed.get_body((kind,))
    if found is None:
        return ""
    try:
        return str(found.get_content())
    except LookupError:
        # A character set that nobody knows: the page shows what can be shown.
        return bytes(found.get_payload(decode=True)).decode("utf-8", "replace")


class _Hrefs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.extend(value for name, value in attrs if name == "href" and value)


def _links_in_html(html: str) -> list[str]:
    parser = _Hrefs()
    parser.feed(html)
    return parser.found


def _links_in_text(text: str) -> Iterator[str]:
    return (word.strip("<>()") for word in text.split() if word.strip("<>()").startswith(("http://", "https://")))
