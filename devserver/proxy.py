"""`python -m devserver.proxy --port 2600 --to 2500 [--delay 0.02]`: a line between two programs of this machine.

It is as slow as told, each way, and SIGUSR1 cuts every connection as a broken cable would: with a reset. With a
`--certificate` and its `--key` it speaks TLS to whoever calls.
"""

import argparse
import asyncio
import signal
import socket
import ssl
from collections import deque
from typing import Self, cast

LINGER_AND_RESET = b"\x01\0\0\0\0\0\0\0"  # struct linger {1, 0}: closing sends RST


class Side(asyncio.Protocol):
    """One of the two ends of a connection; what comes in here goes out at `other`, `delay` seconds later."""

    def __init__(self, line: "Line", other: "Side | None" = None) -> None:
        self._line = line
        self.other = other
        self._underway: deque[tuple[float, bytes]] = deque()
        self._transport: asyncio.Transport | None = None
        self._has_ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._line.sides.add(self)
        if self.other is None:
            self._transport.pause_reading()
            self._line.dial(self)

    def meet(self, other: "Side") -> None:
        self.other = other
        if self._transport is not None:
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if not self._line.delay:
            self._pass_on(data)
            return
        if not self._underway:
            self._line.loop.call_later(self._line.delay, self._arrive)
        self._underway.append((self._line.loop.time() + self._line.delay, data))

    def eof_received(self) -> bool:
        """What is under way still arrives before the end does, and the other way stays open."""
        self._has_ended = True
        if self.other is not None:
            self._line.loop.call_later(self._line.delay, self.other.finish)
        return True

    def connection_lost(self, _reason: Exception | None) -> None:
        self._line.sides.discard(self)
        if self.other is not None:
            self._line.loop.call_later(self._line.delay, self.other.close)

    def pause_writing(self) -> None:
        if self.other is not None:
            self.other.heed(is_full=True)

    def resume_writing(self) -> None:
        if self.other is not None:
            self.other.heed(is_full=False)

    def heed(self, *, is_full: bool) -> None:
        """Whoever is written to cannot keep up, or can again."""
        if self._transport is not None and not self._transport.is_closing():
            (self._transport.pause_reading if is_full else self._transport.resume_reading)()

    def write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def finish(self) -> None:
        """The other end has said all it will."""
        if self._has_ended:
            self.close()
        elif self._transport is not None and not self._transport.is_closing() and self._transport.can_write_eof():
            self._transport.write_eof()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def cut(self) -> None:
        if self._transport is not None:
            line = self._transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_AND_RESET)
            self._underway.clear()
            self._transport.abort()

    def _arrive(self) -> None:
        while self._underway and self._underway[0][0] <= self._line.loop.time():
            self._pass_on(self._underway.popleft()[1])
        if self._underway:
            self._line.loop.call_at(self._underway[0][0], self._arrive)

    def _pass_on(self, data: bytes) -> None:
        if self.other is not None:
            self.other.write(data)


class Line:
    """Used as a context: listening once it is entered."""

    def __init__(self, port: int, to: int, delay: float = 0.0, tls: ssl.SSLContext | None = None) -> None:
        self.delay = delay
        self._tls = tls
        self.sides: set[Side] = set()
        self.loop = asyncio.get_running_loop()
        self._port = port
        self._to = to
        self._server: asyncio.Server | None = None
        self._dialling: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await self.loop.create_server(
            lambda: Side(self), "127.0.0.1", self._port, backlog=1024, ssl=self._tls
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()

    @property
    def port(self) -> int:
        """Where it listens, also when it was told to choose for itself (0)."""
        return self._port or int(self._server.sockets[0].getsockname()[1]) if self._server else self._port

    def cut(self) -> None:
        for side in list(self.sides):
            side.cut()

    def dial(self, caller: Side) -> None:
        dialling = self.loop.create_task(self._dial(caller))
        self._dialling.add(dialling)
        dialling.add_done_callback(self._dialling.discard)

    async def _dial(self, caller: Side) -> None:
        callee = Side(self, caller)
        try:
            await self.loop.create_connection(lambda: callee, "127.0.0.1", self._to)
        except OSError:
            caller.close()
        else:
            caller.meet(callee)


async def serve(port: int, to: int, delay: float, tls: ssl.SSLContext | None = None) -> None:
    """Until SIGTERM."""
    ended = asyncio.Event()
    async with Line(port, to, delay, tls) as line:
        line.loop.add_signal_handler(signal.SIGUSR1, line.cut)
        line.loop.add_signal_handler(signal.SIGTERM, ended.set)
        await ended.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A slow or broken line between two programs of this machine.")
    parser.add_argument("--port", type=int, required=True, help="where it listens")
    parser.add_argument("--to", type=int, required=True, help="where it connects to")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds, each way")
    parser.add_argument("--certificate", help="a file; then it speaks TLS")
    parser.add_argument("--key", help="the certificate's, a file")
    chosen = parser.parse_args()
    tls = None
    if chosen.certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(chosen.certificate, chosen.key)
    asyncio.run(serve(chosen.port, chosen.to, chosen.delay, tls))


if __name__ == "__main__":
    main()
