"""A member of staff who sends a file as slowly, as largely and as little whole as a test wants it."""

import http.client
import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from tests.factories.multipart import BOUNDARY, around
from tests.factories.stage import RunningStage

HOME = "/desk/people/imports"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PATIENCE = 300


@dataclass
class Uploader:
    stage: RunningStage
    cookie: str = ""
    answer: bytes = field(default=b"", init=False)

    def sign_in(self) -> None:
        link = urlsplit(self.stage.command("staff", "open", "uploader@open-door.test").strip())
        page = self.ask("GET", link.path)[1]
        status, _, location = self.ask("POST", link.path, {"csrf_token": _token(page)})
        assert status == 303, location

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """(status, page, where it goes on)."""
        connection = self._connection()
        body = "&".join(f"{name}={value}" for name, value in (fields or {}).items())
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, path, body if fields else None, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        if kept := answer.headers.get("Set-Cookie"):
            self.cookie = kept.partition(";")[0]
        connection.close()
        return answer.status, page, answer.headers.get("Location", "")

    def upload(self, pieces: Iterable[bytes], size: int) -> tuple[int, str, str]:
        """As `ask`; `size` is of all pieces."""
        connection = self._sending(size)
        for piece in pieces:
            connection.send(piece)
        connection.send(around({})[1])
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        return answer.status, page, answer.headers.get("Location", "")

    def break_off(self, pieces: Iterable[bytes], size: int) -> None:
        connection = self._sending(size)
        for piece in pieces:
            connection.send(piece)
        assert connection.sock is not None
        connection.sock.shutdown(socket.SHUT_RDWR)
        connection.close()

    def _sending(self, size: int) -> http.client.HTTPConnection:
        head, foot = around({"csrf_token": _token(self.ask("GET", HOME)[1])})
        connection = self._connection()
        connection.putrequest("POST", HOME)
        connection.putheader("Cookie", self.cookie)
        connection.putheader("Content-Type", f"multipart/form-data; boundary={BOUNDARY}")
        connection.putheader("Content-Length", str(len(head) + size + len(foot)))
        connection.endheaders(head)
        return connection

    def _connection(self) -> http.client.HTTPConnection:
        where = urlsplit(self.stage.base_url)
        return http.client.HTTPConnection(str(where.hostname), where.port, timeout=PATIENCE)


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    assert found, page
    return found[1]


@dataclass
class Watched:
    """What a program's processes held while they were watched, and the files that they had open."""

    most_memory: int = 0
    files: set[str] = field(default_factory=set)


@contextmanager
def watched(program: psutil.Process) -> Iterator[Watched]:
    """Ten times a second, the parent and its children."""
    seen, over = Watched(), threading.Event()

    def watch() -> None:
        while not over.is_set():
            for process in (program, *program.children(recursive=True)):
                seen.most_memory = max(seen.most_memory, process.memory_info().rss)
                seen.files |= set(_open_files(process.pid))
            time.sleep(0.1)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _open_files(pid: int) -> Iterator[str]:
    """A temporary file has no name any more; it is still there under its number."""
    for number in Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield str(number.readlink())
        except OSError:
            continue
