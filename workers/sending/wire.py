"""A socket that speaks in lines: whole replies, total time limits, and a heart that beats while it waits."""

import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

# While a relay thinks, the claim on its messages must be renewed more often than a lease lasts.
BEAT_SECONDS = 5.0
LONGEST_REPLY_LINE = 4096
MOST_REPLY_LINES = 200
_LINE = re.compile(rb"([2-5]\d\d)([ -]?)(.*)\Z", re.DOTALL)
_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|\Z)")


class ConnectionLost(Exception):
    """Closed, timed out, or speaking something that is not SMTP."""


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
        return 200 <= self.code < 400  # noqa: PLR2004  # RFC 5321 §4.2.1

    @property
    def is_later(self) -> bool:
        return 400 <= self.code < 500  # noqa: PLR2004  # as above


class Wire:
    def __init__(self, connected: socket.socket, beat: Callable[[], None]) -> None:
        # Small writes must leave at once: the final dot would else wait for the ACK of the text before it.
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connected
        self._beat = beat
        self._received = b""

    def encrypt(self, context: ssl.SSLContext, host: str, seconds: float) -> None:
        """Raises OSError where the other side is not who it should be, ConnectionLost if it spoke before (STRIPTLS)."""
        if self._received:
            raise ConnectionLost("spoke in the clear after STARTTLS")
        self._socket.settimeout(seconds)
        self._socket = context.wrap_socket(self._socket, server_hostname=host)

    def write(self, data: bytes, seconds: float) -> None:
        left, deadline = memoryview(data), time.monotonic() + seconds
        while left:
            try:
                self._socket.settimeout(self._slice(deadline))
                left = left[self._socket.send(left) :]
            except TimeoutError:
                self._beat()
            except OSError as error:
                raise ConnectionLost(type(error).__name__) from error

    def read_reply(self, seconds: float) -> Reply:
        """One reply, of one line or several, within `seconds` in all however slowly it drips."""
        deadline = time.monotonic() + seconds
        lines: list[str] = []
        while len(lines) < MOST_REPLY_LINES:
            found = _LINE.match(self._read_line(deadline))
            if found is None:
                raise ConnectionLost("not SMTP")
            lines.append(found[3].decode("utf-8", "replace"))
            if found[2] != b"-":
                return Reply(int(found[1]), tuple(lines))
        raise ConnectionLost("a reply without end")

    def spoke_unasked(self) -> bool:
        """Whether something has come that nobody asked for, such as 421 or the end of the connection."""
        if self._received:
            return True
        try:
            self._socket.settimeout(0)
            self._received = self._socket.recv(LONGEST_REPLY_LINE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            return True
        return True

    def close(self) -> None:
        self._socket.close()

    def _read_line(self, deadline: float) -> bytes:
        while b"\n" not in self._received:
            if len(self._received) > LONGEST_REPLY_LINE:
                raise ConnectionLost("a line without end")
            self._received += self._receive(deadline)
        line, _, self._received = self._received.partition(b"\n")
        return line.rstrip(b"\r")

    def _receive(self, deadline: float) -> bytes:
        while True:
            try:
                self._socket.settimeout(self._slice(deadline))
                received = self._socket.recv(LONGEST_REPLY_LINE)
            except TimeoutError:
                self._beat()
                continue
            except OSError as error:
                raise ConnectionLost(type(error).__name__) from error
            if not received:
                raise ConnectionLost("closed")
            return received

    def _slice(self, deadline: float) -> float:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ConnectionLost("timed out")
        return min(left, BEAT_SECONDS)
