"""Other people's sites: real servers on this machine, and a fetcher that may reach them and knows their names."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

HERE = "127.0.0.1"


@dataclass
class Site:
    """What each path answers: a status and a place to go on to; and what was asked, by whom."""

    port: int
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    refuses_head: bool = False
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def running_site(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(405 if site.refuses_head else None)

        def do_GET(self) -> None:
            self._answer(None)

        def _answer(self, status: int | None) -> None:
            site.asked.append((self.command, self.path, dict(self.headers)))
            usual, location = site.answers.get(self.path, (404, ""))
            self.send_response(status or usual)
            if location:
                self.send_header("Location", location)
            self.send_header("Set-Cookie", "seen=1")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer((HERE, 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site = Site(server.server_port)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
