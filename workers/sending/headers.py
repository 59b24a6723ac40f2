"""Header fields as bytes.

Python's `email` package folds a long URI into encoded-words (which RFC 2047 §5 forbids there), decodes user-typed
encoded-words into new header lines (CVE-2024-6923) and writes a non-ASCII domain as an encoded-word. So the few kinds
of header that an email here has are written by hand, and text that could end a line is refused.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import lru_cache

import idna

# RFC 5322 §2.1.1: wanted, and allowed.
WANTED_LINE = 78
LONGEST_LINE = 998
# RFC 2047 §2: of one encoded-word, and of a line that holds one.
LONGEST_WORD = 75
LONGEST_ENCODED_LINE = 76
# RFC 5321 §4.5.3.1, in octets; a path has two angle brackets around its address.
LONGEST_LOCAL = 64
LONGEST_DOMAIN = 255
LONGEST_PATH = 256

_ROOM_OF_WORD = LONGEST_WORD - len("=?utf-8?q??=")
# C0 and C1 controls, and the line ends that only Unicode knows (L-03); lone surrogates have no UTF-8.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FIELD_NAME = re.compile(r"[!-9;-~]+\Z")
_PRINTABLE = re.compile(r"[ -~]*\Z")
_ATOMS = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*\Z", re.ASCII)
# Outside ASCII any character may stand in a local part (RFC 6531 §3.3), but no space that only Unicode knows.
_ATEXT = r"[\w!#$%&'*+/=?^`{|}~\u0080-\U0010ffff-]+"
_DOT_ATOM = re.compile(rf"(?=\S*\Z){_ATEXT}(?:\.{_ATEXT})*\Z")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\Z")
# What may stand unencoded in a "q" word even inside a display name (RFC 2047 §5 (3)).
_PLAIN_IN_WORD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
_Q = tuple(
    "_" if octet == ord(" ") else chr(octet) if octet in _PLAIN_IN_WORD else f"={octet:02X}" for octet in range(256)
)


class UnsafeMessage(Exception):
    """This message must not be sent as it is. `status` says why in the terms of RFC 3463."""

    status = "5.6.0"


class BadAddress(UnsafeMessage):
    """No mail can be sent to or from this address."""

    status = "5.1.3"


def unstructured(name: str, text: str) -> str:
    """A header of free text, such as Subject."""
    _refuse_controls(name, text)
    if _stays_plain(text):
        return "\r\n".join(_folded(f"{name}: {text}"))
    return f"{name}: " + "\r\n ".join(encoded_words(text, indent=len(name) + 2))


def mailbox(name: str, address: str, display_name: str = "") -> str:
    """A header that names one mailbox; `address` as `wire_address` gave it."""
    _refuse_controls(name, display_name)
    if not display_name:
        return f"{name}: {address}"
    phrase = _phrase(display_name, indent=len(name) + 2)
    last = phrase.rpartition("\r\n")[2]
    indent = 0 if "\r\n" in phrase else len(name) + 2
    fits = indent + len(last) + len(address) + 3 <= LONGEST_ENCODED_LINE
    return f"{name}: {phrase}" + (" " if fits else "\r\n ") + f"<{address}>"


def literal(name: str, value: str) -> str:
    """A header written as it stands on one line, for structured fields that must not be folded (B-13)."""
    if not _FIELD_NAME.match(name) or not value.strip() or not _PRINTABLE.match(value):
        raise UnsafeMessage(f"{name} holds what no header may")
    if len(name) + 2 + len(value) > LONGEST_LINE:
        raise UnsafeMessage(f"{name} is longer than a line")
    return f"{name}: {value}"


def wire_address(address: str) -> str:
    """The address as SMTP and headers want it: A-labels, the local part quoted where it must be (B-34, B-36).

    A local part outside ASCII stays as it is: it needs SMTPUTF8. Raises BadAddress.
    """
    _refuse_controls("an address", address)
    local, at, domain = address.strip().rpartition("@")
    if not at or not local:
        raise BadAddress("an address has a local part and a domain")
    local, domain = _wire_local(local), _wire_domain(domain)
    if len(local.encode()) > LONGEST_LOCAL or len(f"<{local}@{domain}>".encode()) > LONGEST_PATH:
        raise BadAddress("the address is too long for SMTP")
    return f"{local}@{domain}"


def encoded_words(text: str, *, indent: int) -> list[str]:
    """RFC 2047 words of whole characters, one a line; the first line begins `indent` characters in."""
    encoded = [char.encode() for char in text]
    whole = text.encode()
    marker, size = min(("q", _q_size), ("b", _base64_size), key=lambda way: way[1](whole))
    return [_word(marker, group) for group in _groups(encoded, size, first_room=_ROOM_OF_WORD - max(indent - 1, 0))]


def _stays_plain(text: str) -> bool:
    """ASCII that no reader takes for an encoded-word, and that can be folded at its spaces."""
    return (
        _PRINTABLE.match(text) is not None
        and "=?" not in text
        and text == " ".join(text.split())
        and all(len(word) < WANTED_LINE - 1 for word in text.split(" "))
    )


def _folded(line: str) -> Iterator[str]:
    """The line cut before spaces; every line but the first begins with one."""
    while len(line) > WANTED_LINE:
        name_ends = line.index(" ") if line[0] != " " else 0
        cut = line.rfind(" ", name_ends + 1, WANTED_LINE + 1)
        if cut <= name_ends:
            cut = line.find(" ", WANTED_LINE)
        if cut <= name_ends:
            break
        yield line[:cut]
        line = line[cut:]
    yield line


def _phrase(display_name: str, *, indent: int) -> str:
    printable = _PRINTABLE.match(display_name) and "=?" not in display_name
    if not printable or len(display_name) > WANTED_LINE - indent - 2:
        return "\r\n ".join(encoded_words(display_name, indent=indent))
    if _ATOMS.match(display_name):
        return display_name
    return '"' + re.sub(r'(["\\])', r"\\\1", display_name) + '"'


def _q_size(octets: bytes) -> int:
    return len(octets) + 2 * len(octets.translate(None, _PLAIN_IN_WORD + b" "))


def _base64_size(octets: bytes) -> int:
    return 4 * -(-len(octets) // 3)


def _groups(encoded: list[bytes], size: Callable[[bytes], int], *, first_room: int) -> Iterator[bytes]:
    room, group = first_room, b""
    for char in encoded:
        if group and size(group + char) > room:
            yield group
            room, group = _ROOM_OF_WORD, b""
        group += char
    yield group


def _word(marker: str, octets: bytes) -> str:
    inside = b64encode(octets).decode() if marker == "b" else "".join([_Q[octet] for octet in octets])
    return f"=?utf-8?{marker}?{inside}?="


def _wire_local(local: str) -> str:
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    if _DOT_ATOM.match(local):
        return local
    if not local.isascii():
        raise BadAddress("a local part outside ASCII must be a plain word")
    return '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'


@lru_cache(maxsize=4096)
def _wire_domain(domain: str) -> str:
    domain = domain.lower()
    try:
        wire = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError as error:
        raise BadAddress("the domain is no name") from error
    if not _DOMAIN.match(wire) or ".." in wire or len(wire) > LONGEST_DOMAIN:
        raise BadAddress("the domain is no name")
    return wire


def _refuse_controls(name: str, text: str) -> None:
    if _FORBIDDEN.search(text):
        raise UnsafeMessage(f"{name} holds a control character")
