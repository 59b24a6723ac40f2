"""The bytes of one message: seven-bit, CRLF only, the same at every try (B-19, B-30 to B-36)."""

import re
from binascii import a2b_qp, b2a_qp
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.quoprimime import body_encode
from email.utils import format_datetime

from actions.deliveries.identity import Identity
from actions.deliveries.kinds import Outgoing
from workers.sending.headers import LONGEST_LINE, UnsafeMessage, literal, mailbox, unstructured, wire_address

PART = "Content-Type: text/{}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable"
# b2a_qp forgets to fold a line that becomes too long by its last blank, which must be encoded.
_LINE_OF_77 = re.compile(rb"([^\r\n]{74})(=(?:20|09)\r\n)")
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_FOLD = re.compile(rb"\r\n(?=[ \t])")


HARMLESS = Outgoing(
    delivery_id=0,
    address="a@clarion.invalid",
    subject="s",
    text="t",
    html=None,
    from_name="n",
    from_address="b@clarion.invalid",
    auto_submitted=False,
)


@dataclass(frozen=True, slots=True)
class Message:
    """`needs_smtputf8`: an address has a local part outside ASCII (B-35). `has_no_dots`: no line begins with one."""

    delivery_id: int
    return_path: str
    recipient: str
    content: bytes
    needs_smtputf8: bool
    has_no_dots: bool = False


def build(outgoing: Outgoing, identity: Identity, moment: datetime) -> Message:
    """`moment` stands in Date. Raises UnsafeMessage for what cannot be put on the wire, or only with harm."""
    recipient = wire_address(outgoing.address)
    lines = [*_headers(outgoing, identity, recipient, moment), *_content_headers(outgoing, identity)]
    body = _body(outgoing, identity)
    content = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    needs_smtputf8 = not all(line.isascii() for line in lines)
    check(content, (line.partition(":")[0] for line in lines), ascii_only=not needs_smtputf8)
    return Message(outgoing.delivery_id, wire_address(identity.return_path), recipient, content, needs_smtputf8)


def check(content: bytes, names: Iterable[str], *, ascii_only: bool) -> None:
    """What was serialised has the headers that were meant and no others, and every line may go over the wire (L-03)."""
    head, blank, body = content.partition(b"\r\n\r\n")
    found = [line.partition(b":")[0].decode("latin-1").lower() for line in _FOLD.sub(b"", head).split(b"\r\n")]
    if not blank or Counter(found) != Counter(name.lower() for name in names) or len(set(found)) != len(found):
        raise UnsafeMessage("the headers are not those that were meant")
    lines = content.split(b"\r\n")
    if max(map(len, lines)) > LONGEST_LINE:
        raise UnsafeMessage("a line is too long for SMTP")
    bare = content.count(b"\r") - content.count(b"\r\n") or content.count(b"\n") - content.count(b"\r\n")
    if bare or b"\0" in content:
        raise UnsafeMessage("a line end is not CRLF")
    if not body.isascii() or (ascii_only and not head.isascii()):
        raise UnsafeMessage("the message is not seven-bit")


def quoted_printable(text: str) -> bytes:
    """RFC 2045 §6.7, in lines of at most 76 characters, with a line end after the last."""
    return quoted_lines(whole_lines(text))


def whole_lines(text: str) -> str:
    """Each line ends as Python ends it, the last one too."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


def quoted_lines(lines: str) -> bytes:
    """Of text that ends with a line end: b2a_qp takes the kind of its soft line breaks from the first one."""
    quoted = b2a_qp(lines.replace("\n", "\r\n").encode(), quotetabs=False, istext=True)
    if b"=20\r\n" in quoted or b"=09\r\n" in quoted:
        quoted = _LINE_OF_77.sub(rb"\1=\r\n\2", quoted)
    return _without_dots(quoted)


def _without_dots(quoted: bytes) -> bytes:
    """With no dot at the start of a line, which SMTP would have to double in each copy anew (RFC 5321 §4.5.2)."""
    if not quoted.startswith(b".") and b"\n." not in quoted:
        return quoted
    # "=2E" is two longer than the dot that it stands for, so the lines are folded that much earlier.
    octets = a2b_qp(quoted).decode("latin-1").replace("\r\n", "\n")
    folded = body_encode(octets, maxlinelen=74, eol="\r\n")
    return _LEADING_DOT.sub(b"=2E", folded.encode())


def self_test() -> None:
    """Serialise the known attacks and read them back. Raises UnsafeMessage where one gets through: then send no mail.

    A test at start-up rather than of a version, since distributions patch Python without changing its number.
    """
    identity = Identity("<self-test@clarion.invalid>", "b-a-b@clarion.invalid", "=_selftest")
    for attack in ("=?utf-8?q?x=0d=0aBcc:_e@x.invalid?=", "x\r\nBcc: e@x.invalid", "x\nBcc: e@x.invalid", "x\r y"):
        for hostile in (replace(HARMLESS, subject=attack), replace(HARMLESS, from_name=attack)):
            _try(hostile, identity)
        _try(replace(HARMLESS, text=attack), identity)


def _try(hostile: Outgoing, identity: Identity) -> None:
    try:
        content = build(hostile, identity, datetime.fromisoformat("2026-01-01T00:00:00+00:00")).content
    except UnsafeMessage:
        return
    names = Counter(name.lower() for name in message_from_bytes(content).keys())  # noqa: SIM118  # repeats, unlike a dict's
    wanted = "from to subject date message-id mime-version content-type content-transfer-encoding"
    if names != Counter(wanted.split()):
        raise UnsafeMessage("a header can be injected")


def _headers(outgoing: Outgoing, identity: Identity, recipient: str, moment: datetime) -> list[str]:
    lines = [
        mailbox("From", wire_address(outgoing.from_address), outgoing.from_name),
        mailbox("To", recipient),
        unstructured("Subject", outgoing.subject),
        literal("Date", format_datetime(moment)),
        literal("Message-ID", identity.message_id),
    ]
    if outgoing.reply_to:
        lines.append(mailbox("Reply-To", wire_address(outgoing.reply_to)))
    if outgoing.auto_submitted:
        lines.append(literal("Auto-Submitted", "auto-generated"))
    lines += [literal(name, value) for name, value in outgoing.headers]
    return lines


def _content_headers(outgoing: Outgoing, identity: Identity) -> list[str]:
    mime = literal("MIME-Version", "1.0")
    if outgoing.html is None:
        return [mime, *PART.format("plain").split("\r\n")]
    return [mime, f'Content-Type: multipart/alternative;\r\n boundary="{identity.boundary}"']


def _body(outgoing: Outgoing, identity: Identity) -> bytes:
    if outgoing.html is None:
        return quoted_printable(outgoing.text)
    opening = f"--{identity.boundary}\r\n"
    return b"".join(
        (
            f"{opening}{PART.format('plain')}\r\n\r\n".encode(),
            quoted_printable(outgoing.text),
            f"\r\n{opening}{PART.format('html')}\r\n\r\n".encode(),
            quoted_printable(outgoing.html),
            f"\r\n--{identity.boundary}--\r\n".encode(),
        )
    )
