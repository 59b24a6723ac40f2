import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from devserver.self_check import CheckFailed, FormFields, check, is_healthy

JOIN_PAGE = """
<form action="/search"><input type="hidden" name="stamp" value="another form's"></form>
<form method="post" action="/join"><input type="hidden" name="stamp" value="s&amp;t"><input name="email"></form>
"""


class Web(ThreadingHTTPServer):
    """Answers as the service does; a test breaks it step by step."""

    daemon_threads = True

    def __init__(self, mailbox: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.mailbox = mailbox
        self.statuses = {"/health": 200, "/join": 200, "/c/token": 200}
        self.mails = True
        self.posted: list[tuple[str, dict[str, list[str]]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        if self.path == "/mailbox.json":
            sent = [fields["email"] for path, fields in self.server.posted if path == "/join" and self.server.mails]
            mails = [
                {"id": "1", "to": to, "links": [self.server.url + "/", self.server.url + "/c/token"]} for to in sent
            ]
            self._answer(json.dumps(mails))
        else:
            self._answer(JOIN_PAGE)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.posted.append((self.path, parse_qs(body)))
        self._answer("thank you")

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, page: str) -> None:
        self.send_response(self.server.statuses.get(self.path, 200))
        self.end_headers()
        self.wfile.write(page.encode())


def wait(reached: object) -> bool:
    return bool(callable(reached) and reached())


def test_a_sign_up_goes_all_the_way_and_is_taken_back(web: Web) -> None:
    (web.mailbox / "1.eml").touch()
    (web.mailbox / "1.json").touch()
    check(web.url, web.mailbox, wait)
    (joined, fields), refused = web.posted
    assert joined == "/join"
    assert fields["stamp"] == ["s&t"]
    assert refused == ("/c/token", {"do": ["refuse"]})
    assert list(web.mailbox.iterdir()) == []


def test_each_check_signs_up_another_address(web: Web) -> None:
    check(web.url, web.mailbox, wait)
    check(web.url, web.mailbox, wait)
    first, second = [fields["email"] for path, fields in web.posted if path == "/join"]
    assert first != second


def test_a_mail_that_does_not_come_is_said(web: Web) -> None:
    web.mails = False
    with pytest.raises(CheckFailed, match="its mail did not reach the mailbox"):
        check(web.url, web.mailbox, wait)


@pytest.mark.parametrize("path", ["/join", "/c/token"])
def test_a_page_that_refuses_is_said(web: Web, path: str) -> None:
    web.statuses[path] = 422
    with pytest.raises(CheckFailed, match="did not go through: HTTP Error 422"):
        check(web.url, web.mailbox, wait)


def test_healthy_is_an_answer_of_200(web: Web) -> None:
    assert is_healthy(web.url)
    web.statuses["/health"] = 503
    assert not is_healthy(web.url)
    assert not is_healthy("http://127.0.0.1:9")


def test_only_the_hidden_fields_of_the_asked_form_are_read() -> None:
    form = FormFields("/join")
    form.feed(JOIN_PAGE)
    assert form.fields == {"stamp": "s&t"}


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    with Web(tmp_path) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
