"""A connection that speaks in whole replies, each within its time however slowly it drips."""

import asyncio
import ssl
from collections.abc import Sequence
from typing import Protocol

from workers.sending.replies import NotSmtp, Replies, Reply

RECEIVE = 16_384


class ConnectionLost(Exception):
    """Closed, timed out, or speaking something that is not SMTP."""


class Garbled(ConnectionLost):
    """Not SMTP, or out of its turn."""


class TimedOut(ConnectionLost):
    """Silent for longer than it may be."""


class Listener(Protocol):
    """Who has the channel after the greeting. It is called by the event loop, and the channel calls nothing else."""

    def heard(self, replies: Sequence[Reply]) -> None: ...

    def drained(self) -> None:
        """Nothing written is left in this process."""

    def lost(self) -> None: ...


class Channel(asyncio.BufferedProtocol):
    """Asked one thing at a time by `ask`, or, once it has a `listener`, written to and heard as it comes.

    Its transport says of every octet that does not leave at once, so that `is_full` means just that.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._buffer = memoryview(bytearray(RECEIVE))
        self._replies = Replies()
        self._unread: list[Reply] = []
        self._waiting: asyncio.Future[Reply] | None = None
        self._end: ConnectionLost | None = None
        self._deadline: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self.listener: Listener | None = None
        self.is_full = False

    @property
    def is_open(self) -> bool:
        return self._end is None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # create_connection makes no other
        self._use(transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # what asyncio would like matters to nobody
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._end is not None:
            return
        try:
            replies = self._replies.feed(bytes(self._buffer[:nbytes]))
        except NotSmtp as error:
            self._lose(Garbled(str(error)))
            return
        if self.listener is not None:
            if replies:
                self.listener.heard(replies)
            return
        self._unread += replies
        if self._unread and self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(self._unread.pop(0))

    def pause_writing(self) -> None:
        self.is_full = True

    def resume_writing(self) -> None:
        self.is_full = False
        if self.listener is not None and self._end is None:
            self.listener.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(ConnectionLost(type(exc).__name__ if exc else "closed"))

    def write(self, data: bytes) -> None:
        if self._transport is not None and self._end is None:
            self._transport.write(data)

    def expect_within(self, seconds: float) -> None:
        """Something must be heard within so many seconds from now; it is lost otherwise."""
        self._deadline = self._loop.time() + seconds
        if self._timer is not None and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._look)

    def expect_nothing(self) -> None:
        self._deadline = None

    def expect_silence(self) -> None:
        """Raises ConnectionLost where something was said that nobody asked for."""
        if self._unread or self._replies.is_amid:
            self._lose(Garbled("it spoke unasked"))
        if self._end is not None:
            raise self._end

    async def ask(self, line: bytes | None, seconds: float) -> Reply:
        """The reply to a line, or, without one, to having come. Raises ConnectionLost."""
        if line is not None:
            self.expect_silence()
            self.write(line + b"\r\n")
        if self._end is not None:
            raise self._end
        if self._unread:
            return self._unread.pop(0)
        self._waiting = self._loop.create_future()
        self.expect_within(seconds)
        try:
            return await self._waiting
        finally:
            self._waiting = None
            self.expect_nothing()

    async def encrypt(self, context: ssl.SSLContext, host: str, seconds: float) -> None:
        """Raises OSError where the other side is not who it should be, ConnectionLost if it spoke before (STRIPTLS)."""
        self.expect_silence()
        if self._transport is None:
            raise ConnectionLost("closed")
        encrypted = await self._loop.start_tls(
            self._transport, self, context, server_hostname=host, ssl_handshake_timeout=seconds
        )
        if encrypted is None:
            raise ConnectionLost("closed")
        self._use(encrypted)

    def abandon(self) -> None:
        """Now, whatever is still on its way. Nobody is told."""
        self.listener = None
        self._lose(ConnectionLost("abandoned"))

    def _use(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        # asyncio's TLS transport takes a mark of 0 as always reached.
        transport.set_write_buffer_limits(high=1 if transport.get_extra_info("sslcontext") else 0)

    def _look(self) -> None:
        self._timer = None
        if self._deadline is None or self._end is not None:
            return
        if self._deadline > self._loop.time():
            self._timer = self._loop.call_at(self._deadline, self._look)
        else:
            self._lose(TimedOut("timed out"))

    def _lose(self, why: ConnectionLost) -> None:
        if self._end is not None:
            return
        self._end = why
        self._deadline = None
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(why)
        if self.listener is not None:
            self.listener.lost()
