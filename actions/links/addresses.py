"""The addresses in our words: which of ours lead nowhere, and what came of asking for the others."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import unescape
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from flask import current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from actions.assets import URL_PREFIX, find_assets
from actions.config import settings
from actions.links.models import Came, LinkCheck
from actions.links.operations import can_be_asked
from actions.staff.sessions import is_desk

Words = Iterable[Mapping[str, Any]]
"""Blocks, as pages and mailings have them."""
_LINK = re.compile(r'href="([^"]+)"')
_PORTS = {"http": 80, "https": 443}
CORRECT_IT = "Correct it, or publish what it leads to."
GONE = frozenset({404, 410})
WRONG = 400
# What a route asks for -> whether everybody can open that; of rooms above, registered in create_foundation.
_places: dict[str, Callable[[Any], bool]] = {}


def register(name: str, is_there: Callable[[Any], bool]) -> None:
    """Again with the same name replaces it."""
    _places[name] = is_there


def addresses_in(words: Words) -> list[str]:
    """Every web address once; what is filled in for each reader leads elsewhere for each."""
    return sorted({address for address in _written(words) if _is_of_the_web(address) and "{{" not in address})


def foreign_in(texts: Iterable[Words]) -> list[str]:
    return sorted({address for words in texts for address in addresses_in(words) if not is_ours(address)})


def dead_in(words: Words, own: tuple[str, object]) -> list[str]:
    """Those of ours that no reader could open."""
    return [address for address in addresses_in(words) if is_ours(address) and leads_nowhere(address, own)]


def is_ours(address: str) -> bool:
    return _origin(urlsplit(address)) == _origin(urlsplit(settings().base_url))


def leads_nowhere(address: str, own: tuple[str, object]) -> bool:
    """One of ours that no reader could open. `own`: what the words stand on is there once they have gone out."""
    path = unquote(urlsplit(address).path).removeprefix(urlsplit(settings().base_url).path) or "/"
    if path.startswith(URL_PREFIX):
        folder = find_assets().folder.resolve()
        file = folder.joinpath(path.removeprefix(URL_PREFIX)).resolve()
        return not (file.is_relative_to(folder) and file.is_file())
    try:
        _, given = current_app.url_map.bind("").match(path, "GET")
    except RequestRedirect:
        return False
    except HTTPException:
        return True
    return is_desk(path) or not _is_there(given, own)


def said_of_ours(address: str) -> str:
    return f"the link {urlsplit(address).path} leads nowhere: nothing public is there."


def said_of(address: str, check: LinkCheck | None) -> tuple[str, str]:
    """Of a link that leads away: what is known of it, and what to do."""
    host = urlsplit(address).netloc
    if check is None or (check.checked_at is None and not can_be_asked(address)):
        return f"a link leads away from us, to {host}.", "Open it once to see that it is the right one."
    if check.came is None:
        return f"the link to {host} is being checked.", "Look again in a moment."
    if check.came is Came.ANSWERED:
        return _answered(address, check)
    what, todo = _DID_NOT[check.came]
    return f"the link to {address} {what}", todo


def _answered(address: str, check: LinkCheck) -> tuple[str, str]:
    if check.status in GONE:
        return f"the link to {address} answered {check.status}: it is dead.", "Correct it, or take it out."
    if check.status is None or check.status >= WRONG:
        return f"the link to {address} answered {check.status}.", "Some sites answer machines so: open it yourself."
    if check.leads_to is not None:
        return (
            f"the link to {address} leads on to {check.leads_to}.",
            "Open it once; if that is the right one, write it instead.",
        )
    return f"a link leads away from us, to {urlsplit(address).netloc}. It answers.", "See that it is the right one."


_DID_NOT: Mapping[Came, tuple[str, str]] = {
    Came.NO_SUCH_HOST: ("could not be reached: there is no site of this name.", "Correct it, or take it out."),
    Came.UNREACHABLE: ("could not be reached.", "Open it yourself, and check it again later."),
    Came.NOT_TRUSTED: ("could not be reached: its certificate is not valid.", "Readers are warned of it: take it out."),
    Came.NOT_PUBLIC: ("is not a public address, so readers cannot open it.", "Correct it, or take it out."),
    Came.GOES_ROUND: ("leads on and on, and never ends.", "Correct it, or take it out."),
}


def _is_there(given: Mapping[str, object], own: tuple[str, object]) -> bool:
    """What a route asks for. A token is one reader's own link, and none for all the others."""
    for name, is_there in _places.items():
        if name in given:
            return own == (name, given[name]) or is_there(given[name])
    if "name" in given:
        return (settings().media_dir / str(given["name"])).is_file()
    return not given


def _is_of_the_web(address: str) -> bool:
    """What is no address at all is for the preflight to say."""
    try:
        return urlsplit(address).scheme in _PORTS
    except ValueError:
        return False


def _origin(parts: SplitResult) -> tuple[str | None, int | None]:
    """Without the scheme: http leads on to https."""
    try:
        return parts.hostname, None if parts.port in _PORTS.values() else parts.port
    except ValueError:
        return None, None


def _written(words: Words) -> Iterator[str]:
    for block in words:
        url = block.get("url")
        if isinstance(url, str):
            yield url
        yield from map(unescape, _LINK.findall(str(block.get("html", ""))))
