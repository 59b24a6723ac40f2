"""The scripted server in a thread of the test, which holds it at a step and lets it go on."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

from tests.chaos import tally
from tests.chaos.conversation import Pause, Reception
from tests.chaos.script import Script, Step
from tests.chaos.tally import Note, Tally

# So little fits between the two that a big message is still on its way when its first bytes are read.
SMALL_BUFFER, SMALL_SEGMENT = 4096, 536


class Doorman:
    def __init__(self, script: Script, path: Path) -> None:
        self._script = script
        self._path = path
        self._socket = _narrow_socket()
        self._started: Future[Reception] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="doorman")
        self._over = asyncio.Event()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    @property
    def notes(self) -> list[Note]:
        return list(tally.read(self._path))

    def start(self) -> None:
        self._thread.start()
        self._reception = self._started.result(10)

    def hold_at(self, step: Step) -> Pause:
        """The next conversation that comes there."""
        self._reception.pause = Pause(step)
        return self._reception.pause

    def let_go(self) -> None:
        pause = self._reception.pause
        if pause is not None:
            self._reception.loop.call_soon_threadsafe(pause.end)
        self._reception.pause = None

    def stop(self) -> None:
        self._reception.loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    async def _serve(self) -> None:
        notes = Tally(self._path)
        reception = Reception(self._script, notes, offers=("PIPELINING", "8BITMIME", "SMTPUTF8"))
        async with await reception.loop.create_server(reception.converse, sock=self._socket):
            self._started.set_result(reception)
            await self._over.wait()
        notes.close()


@contextmanager
def doorman(script: Script, path: Path) -> Iterator[Doorman]:
    made = Doorman(script, path)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def _narrow_socket() -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SMALL_SEGMENT)
    made.bind(("127.0.0.1", 0))
    return made
