"""
Values that differ from reader to reader. Campaigners write `{{first_name|friend}}`; it is never run as a template:
a name from the list becomes a sentinel, anything else stays as it was typed and is reported (W-11).
A sentinel is alphanumeric, because CSS inlining rewrites braces inside an href.
"""

import re
from base64 import b32decode, b32encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape, unescape
from urllib.parse import quote, unquote

from email_templates.language import translations
from email_templates.texts import TEXTS, Rendered

MERGE_FIELDS = frozenset(
    {"first_name", "full_name", "country", "act", "unsubscribe", "preferences", "browser", "page_title", "count"},
)
"""What a campaigner may write between braces."""
LINKS = frozenset({"act", "unsubscribe", "preferences", "browser"})
"""Those that may be the whole address of a link."""
GREETING = "greeting"

_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
# Base32 has no 0, 1, 8 or 9, so these ends cannot stand inside.
_SENTINEL = re.compile("9mf0([A-Z2-7]+)0fm9")
# A value after this is a part of an address, not the whole of it.
_ADDRESS_BEGUN = re.compile(r"(?:https?://|mailto:)[^\s\"'<>”»]*\Z", re.IGNORECASE)
# Controls and every line end that Unicode knows: no value holds more than one line (L-03).
_NOT_ON_ONE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class MissingMergeValue(LookupError):
    """The text asks for a value that was not given and has no fallback."""


@dataclass(frozen=True, slots=True)
class UnknownPlaceholder:
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class MergeField:
    name: str
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value stands; `in_address`: as a part of a longer URL."""

    field: MergeField
    in_address: bool = False


def sentinel(name: str, fallback: str = "") -> str:
    encoded = b32encode(f"{name}|{fallback}".encode()).decode().rstrip("=")
    return f"9mf0{encoded}0fm9"


def unknown_placeholders(text: str) -> list[UnknownPlaceholder]:
    """Whatever stands between double braces and is not on the list, with the line it stands on."""
    return [
        UnknownPlaceholder(found[1].strip(), text.count("\n", 0, found.start()) + 1)
        for found in _PLACEHOLDER.finditer(text)
        if _field_of(found[1]) is None
    ]


def link_in(url: str) -> str | None:
    """An address that is one of LINKS and nothing else, as it is to stay; Markdown percent-encodes its braces."""
    typed, mark = _PLACEHOLDER.fullmatch(unquote(url)), _SENTINEL.fullmatch(url)
    if typed is not None and typed[1].strip() in LINKS:
        return f"{{{{{typed[1].strip()}}}}}"
    return url if mark is not None and _decoded(mark[1]).name in LINKS else None


def with_sentinels(text: str, language: str) -> str:
    """
    The campaigner's text with every known placeholder made a sentinel; all else unchanged.
    A name without a fallback gets the language's own, because not everyone has told us theirs.
    """

    def replaced(found: re.Match[str]) -> str:
        wanted = _field_of(found[1])
        if wanted is None:
            return found[0]
        return sentinel(wanted.name, wanted.fallback or _usual_fallback(wanted.name, language))

    return _PLACEHOLDER.sub(replaced, text)


def merge_fields_in(rendered: Rendered) -> frozenset[MergeField]:
    """Which values `fill` will ask for."""
    parts = (rendered.subject, rendered.text, rendered.html or "")
    return frozenset(_decoded(found[1]) for part in parts for found in _SENTINEL.finditer(part))


def fill(rendered: Rendered, values: Mapping[str, str]) -> Rendered:
    """One reader's copy; every value is encoded for the place it stands in. Raises MissingMergeValue."""
    return _filled(rendered, lambda slot: value_in(slot, values))


def fill_shared(rendered: Rendered, values: Mapping[str, str]) -> Rendered:
    """The values that every reader gets alike; the sentinels of all others stay."""

    def value_or_sentinel(slot: Slot) -> str:
        wanted = slot.field
        return value_in(slot, values) if wanted.name in values else sentinel(wanted.name, wanted.fallback)

    return _filled(rendered, value_or_sentinel)


def cut(text: str) -> tuple[Sequence[str], Sequence[Slot]]:
    """What stands between the sentinels, one text more than slots; a text may be empty."""
    slots = [
        Slot(_decoded(found[1]), in_address=_ADDRESS_BEGUN.search(text, 0, found.start()) is not None)
        for found in _SENTINEL.finditer(text)
    ]
    return _SENTINEL.split(text)[::2], slots


def value_in(slot: Slot, values: Mapping[str, str]) -> str:
    """One line, its fallback where there is none, percent-encoded inside a URL. Raises MissingMergeValue."""
    value = _one_line(values.get(slot.field.name, "")) or _one_line(slot.field.fallback)
    if not value:
        raise MissingMergeValue(slot.field.name)
    return quote(value, safe="") if slot.in_address else value


def greeting(first_name: str, language: str) -> str:
    """The value of the greeting: by name where we know one."""
    texts = translations(TEXTS, language)
    if not first_name:
        return texts.gettext("Dear friend,")
    return texts.gettext("Dear %(first_name)s,") % {"first_name": first_name}


def _filled(rendered: Rendered, value_of: Callable[[Slot], str]) -> Rendered:
    html = rendered.html and _put_in(rendered.html, lambda slot: escape(value_of(slot)))
    subject = " ".join(_put_in(rendered.subject, value_of).split())
    return replace(rendered, subject=subject, text=_put_in(rendered.text, value_of), html=html)


def _put_in(text: str, value_of: Callable[[Slot], str]) -> str:
    texts, slots = cut(text)
    written = [*map(value_of, slots), ""]
    return "".join(part for pair in zip(texts, written, strict=True) for part in pair)


def _one_line(value: str) -> str:
    return (value if value.isprintable() else _NOT_ON_ONE_LINE.sub(" ", value)).strip()


def _field_of(inside: str) -> MergeField | None:
    name, _, fallback = inside.partition("|")
    if name.strip() not in MERGE_FIELDS:
        return None
    return MergeField(name.strip(), unescape(fallback.strip()))


def _usual_fallback(name: str, language: str) -> str:
    texts = translations(TEXTS, language)
    if name in {"first_name", "full_name"}:
        return str(texts.gettext("friend"))
    return str(texts.gettext("your country")) if name == "country" else ""


def _decoded(encoded: str) -> MergeField:
    padding = "=" * (-len(encoded) % 8)
    name, _, fallback = b32decode(encoded + padding).decode().partition("|")
    return MergeField(name, fallback)
