"""What a relay says: whole replies, cut out of the bytes as they come."""

import re
from dataclasses import dataclass
from functools import lru_cache

LONGEST_LINE = 4096
MOST_LINES = 200
GO_AHEAD = 354
CLOSING = 421
_LINE = re.compile(rb"([2-5]\d\d)([ -]?)(.*)\Z", re.DOTALL)
_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|\Z)")


class NotSmtp(Exception):
    """What came is no reply, or a reply without end."""


@dataclass(frozen=True, slots=True)
class Reply:
    code: int
    lines: tuple[str, ...]

    @property
    def status(self) -> str | None:
        """The enhanced code (RFC 2034), where it agrees with the plain one."""
        found = _STATUS.match(self.lines[-1])
        return found[1] if found and found[1][0] == str(self.code)[0] else None

    @property
    def is_yes(self) -> bool:
        return self.code < 400  # noqa: PLR2004  # RFC 5321 §4.2.1

    @property
    def is_later(self) -> bool:
        return 400 <= self.code < 500  # noqa: PLR2004  # as above


class Replies:
    """`feed` it what was received; it keeps what is not yet whole."""

    def __init__(self) -> None:
        self._rest = b""
        self._earlier: list[str] = []

    @property
    def is_amid(self) -> bool:
        """Whether a reply has begun and not ended."""
        return bool(self._rest or self._earlier)

    def feed(self, received: bytes) -> list[Reply]:
        """The replies that are whole now. Raises NotSmtp."""
        *lines, self._rest = (self._rest + received).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise NotSmtp("a line without end")
        replies = []
        for line in lines:
            reply, is_last = _read(line)
            if is_last:
                replies.append(self._with_earlier(reply) if self._earlier else reply)
            else:
                self._keep(reply)
        return replies

    def _keep(self, part: Reply) -> None:
        self._earlier += part.lines
        if len(self._earlier) >= MOST_LINES:
            raise NotSmtp("a reply without end")

    def _with_earlier(self, last: Reply) -> Reply:
        earlier, self._earlier = self._earlier, []
        return Reply(last.code, (*earlier, *last.lines))


@lru_cache(maxsize=64)
def _read(line: bytes) -> tuple[Reply, bool]:
    """One line of a reply, and whether it is the last. Most of what a relay says it says every time."""
    found = _LINE.match(line.rstrip(b"\r"))
    if found is None:
        raise NotSmtp("not SMTP")
    return Reply(int(found[1]), (found[3].decode("utf-8", "replace"),)), found[2] != b"-"
