"""What is far too large, sent to the web as it is deployed: a sentence comes back, and its memory stays as it was."""

import http.client
import re
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil
import pytest

from tests.factories.stage import RunningStage

MB = 1024 * 1024
BOUNDARY = "----picture"


class Member:
    """At the desk of a stage."""

    def __init__(self, stage: RunningStage) -> None:
        self.host = urlsplit(stage.base_url).netloc
        self.jar = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        link = stage.command("staff", "open", "large@open-door.test").strip().splitlines()[-1]
        self.opener.open(link, urlencode({"csrf_token": self.token(link)}).encode()).close()
        self.media = f"{stage.base_url}/desk/media"

    def token(self, page: str) -> str:
        with self.opener.open(page) as answer:
            found = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
        assert found
        return found[1]

    def send(self, kind: str, pieces: Iterator[bytes], length: int) -> tuple[int, str]:
        """Piece by piece, as a browser does."""
        connection = http.client.HTTPConnection(self.host, timeout=120)
        cookies = "; ".join(f"{one.name}={one.value}" for one in self.jar)
        headers = {"Content-Type": kind, "Content-Length": str(length), "Cookie": cookies}
        connection.request("POST", "/desk/media", body=pieces, headers=headers)
        answer = connection.getresponse()
        said = answer.read().decode()
        connection.close()
        return answer.status, said


@pytest.fixture
def member(stage: RunningStage) -> Member:
    return Member(stage)


def web_processes(stage: RunningStage) -> list[psutil.Process]:
    port = f":{urlsplit(stage.base_url).port}"
    found = [
        one for one in psutil.process_iter() if "gunicorn" in " ".join(cmdline := _words(one)) and port in str(cmdline)
    ]
    assert found
    return found


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def most_memory(process: psutil.Process) -> int:
    """The most that it ever had, in MB."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert peak
    return int(peak[1]) // 1024


@pytest.mark.requirement("W-16")
def test_a_picture_of_250_mb_is_refused_in_words_and_held_in_no_memory(stage: RunningStage, member: Member) -> None:
    processes = web_processes(stage)
    before = [most_memory(one) for one in processes]
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{member.token(member.media)}\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="huge.jpg"\r\n\r\n'
    ).encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(250):
            yield b"\xff" * MB
        yield tail

    status, said = member.send(f"multipart/form-data; boundary={BOUNDARY}", pieces(), len(head) + 250 * MB + len(tail))
    assert status == 413
    assert "This file has more than 20 MB" in said
    assert [most for one, was in zip(processes, before, strict=True) if (most := most_memory(one)) > was + 40] == []
