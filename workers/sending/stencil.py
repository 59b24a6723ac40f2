"""The words of a mailing as bytes with holes in them: made once, filled for each reader by joining.

Building one message with Python's `email` package costs about 2 ms, splicing prepared bytes some microseconds. Each
hole encodes its value for the place where it stands: a header, quoted-printable text or HTML, a part of a URL. The
first copy is checked as a whole. In every other one only the values differ, and by how they are encoded none can end a
line, make one too long, or leave seven bits.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from typing import NamedTuple

from actions.deliveries.identity import Identity
from actions.deliveries.kinds import Copy, Words
from email_templates import merging
from email_templates.merging import Slot, value_in
from workers.sending.headers import UnsafeMessage, literal, mailbox, unstructured, wire_address
from workers.sending.message import PART, Message, check, quoted_lines, whole_lines

# A mailing has one for each of its languages.
STENCILS = 64
SOFT_BREAK = b"=\r\n"
LONGEST_QUOTED = 76
# What quoted-printable leaves as it is, such as most links.
_PLAIN = re.compile(r"[\w:/?&#%+,;~@-][\w:/?&#%+,;~@.-]*", re.ASCII).fullmatch


class Filling(NamedTuple):
    """What one copy has for itself."""

    recipient: bytes
    date: bytes
    identity: Identity
    values: Mapping[str, str]


Hole = Callable[[Filling], bytes]
Pieces = Sequence[bytes | Hole]


class Stencil:
    """Of one mailing in one language. Raises UnsafeMessage for words that no message may hold."""

    def __init__(self, words: Words) -> None:
        fields = list(_fields(words))
        self._names = [name for name, _ in fields]
        self._needs_smtputf8 = not all(address.isascii() for address in _own_addresses(words))
        self._pieces, self._holes = _laid_out([*(piece for _, line in fields for piece in line), *_body(words)])
        self._is_proven = False

    def fill(self, copy: Copy, identity: Identity, moment: datetime) -> Message:
        """`moment` stands in Date. Raises UnsafeMessage or MissingMergeValue for this one reader."""
        recipient = wire_address(copy.address)
        filling = Filling(recipient.encode(), _date(moment), identity, copy.values)
        pieces = self._pieces.copy()
        try:
            for hole, places in self._holes:
                value = hole(filling)
                for place in places:
                    pieces[place] = value
        except UnicodeEncodeError as error:
            raise UnsafeMessage("a value has no UTF-8") from error
        content = b"".join(pieces)
        needs_smtputf8 = self._needs_smtputf8 or not recipient.isascii()
        if not self._is_proven:
            check(content, self._names, ascii_only=not needs_smtputf8)
            self._is_proven = True
        return Message(
            copy.delivery_id, wire_address(identity.return_path), recipient, content, needs_smtputf8, has_no_dots=True
        )


_cut: OrderedDict[tuple[int | str, ...], Stencil] = OrderedDict()


def cut(words: Words) -> Stencil:
    """The stencil of these words; the last few are kept. Raises UnsafeMessage."""
    stencil = _cut.get(words.key)
    if stencil is None:
        stencil = _cut[words.key] = Stencil(words)
        if len(_cut) > STENCILS:
            _cut.popitem(last=False)
    _cut.move_to_end(words.key)
    return stencil


@dataclass(frozen=True, slots=True)
class _Subject:
    texts: tuple[str, ...]
    slots: tuple[Slot, ...]

    def __call__(self, filling: Filling) -> bytes:
        subject = _joined(self.texts, self.slots, filling.values)
        return unstructured("Subject", " ".join(subject.split())).encode()


@dataclass(frozen=True, slots=True)
class _Literal:
    name: str
    texts: tuple[str, ...]
    slots: tuple[Slot, ...]

    def __call__(self, filling: Filling) -> bytes:
        return literal(self.name, _joined(self.texts, self.slots, filling.values)).encode()


@dataclass(frozen=True, slots=True)
class _InText:
    slot: Slot

    def __call__(self, filling: Filling) -> bytes:
        return _quoted(value_in(self.slot, filling.values))


@dataclass(frozen=True, slots=True)
class _InHtml:
    slot: Slot

    def __call__(self, filling: Filling) -> bytes:
        return _quoted(escape(value_in(self.slot, filling.values)))


def _recipient(filling: Filling) -> bytes:
    return filling.recipient


def _date_of(filling: Filling) -> bytes:
    return filling.date


def _message_id(filling: Filling) -> bytes:
    return filling.identity.message_id.encode()


def _boundary(filling: Filling) -> bytes:
    return filling.identity.boundary.encode()


def _fields(words: Words) -> Iterator[tuple[str, Pieces]]:
    """The header's fields by name, in the order of message.py."""
    yield _fixed(mailbox("From", wire_address(words.from_address), words.from_name))
    yield "To", (b"To: ", _recipient, b"\r\n")
    texts, slots = merging.cut(words.subject)
    if slots:
        yield "Subject", (_Subject(tuple(texts), tuple(slots)), b"\r\n")
    else:
        yield _fixed(unstructured("Subject", words.subject))
    yield "Date", (b"Date: ", _date_of, b"\r\n")
    yield "Message-ID", (b"Message-ID: ", _message_id, b"\r\n")
    if words.reply_to:
        yield _fixed(mailbox("Reply-To", wire_address(words.reply_to)))
    if words.auto_submitted:
        yield _fixed(literal("Auto-Submitted", "auto-generated"))
    for name, value in words.headers:
        yield _literal(name, value)
    yield _fixed(literal("MIME-Version", "1.0"))
    yield from _content_fields(words)


def _content_fields(words: Words) -> Iterator[tuple[str, Pieces]]:
    if words.html is None:
        yield from map(_fixed, PART.format("plain").split("\r\n"))
    else:
        opening = b'Content-Type: multipart/alternative;\r\n boundary="'
        yield "Content-Type", (opening, _boundary, b'"\r\n')


def _fixed(line: str) -> tuple[str, Pieces]:
    return line.partition(":")[0], (line.encode(), b"\r\n")


def _literal(name: str, value: str) -> tuple[str, Pieces]:
    texts, slots = merging.cut(value)
    return (name, (_Literal(name, tuple(texts), tuple(slots)), b"\r\n")) if slots else _fixed(literal(name, value))


def _body(words: Words) -> Iterator[bytes | Hole]:
    text = _part(words.text, _InText)
    if words.html is None:
        yield from (b"\r\n", *text)
        return
    for kind, part in (("plain", text), ("html", _part(words.html, _InHtml))):
        yield from (b"\r\n--", _boundary, f"\r\n{PART.format(kind)}\r\n\r\n".encode(), *part)
    yield from (b"\r\n--", _boundary, b"--\r\n")


def _part(part: str, hole: Callable[[Slot], Hole]) -> list[bytes | Hole]:
    """Cut before quoted-printable folds the lines, which would split a sentinel."""
    texts, slots = merging.cut(whole_lines(part))
    pieces: list[bytes | Hole] = []
    for text, slot in zip(texts, slots, strict=False):
        pieces += [_quoted(text), hole(slot)]
    return [*pieces, quoted_lines(texts[-1])]


def _quoted(text: str) -> bytes:
    """Quoted-printable that ends at the start of a line; by a soft line break, which is no part of the text (RFC 2045).

    The letter after the text keeps the place where the sign of that break will stand.
    """
    if len(text) < LONGEST_QUOTED and _PLAIN(text):
        return text.encode() + SOFT_BREAK
    quoted = quoted_lines(f"{text}x\n")[:-3]
    return quoted if quoted.endswith(b"\n") or not quoted else quoted + SOFT_BREAK


def _joined(texts: Sequence[str], slots: Sequence[Slot], values: Mapping[str, str]) -> str:
    written = [value_in(slot, values) for slot in slots]
    return "".join(part for pair in zip(texts, [*written, ""], strict=True) for part in pair)


def _laid_out(pieces: Pieces) -> tuple[list[bytes], list[tuple[Hole, list[int]]]]:
    """Neighbouring bytes joined; each kind of hole with all the places where its value stands."""
    laid: list[bytes] = []
    places: dict[Hole, list[int]] = {}
    for piece in pieces:
        if not isinstance(piece, bytes):
            places.setdefault(piece, []).append(len(laid))
            laid += [b"", b""]
        elif laid:
            laid[-1] += piece
        else:
            laid.append(piece)
    return laid, list(places.items())


@lru_cache(maxsize=STENCILS)
def _date(moment: datetime) -> bytes:
    return format_datetime(moment).encode()


def _own_addresses(words: Words) -> Iterator[str]:
    yield wire_address(words.from_address)
    if words.reply_to:
        yield wire_address(words.reply_to)
