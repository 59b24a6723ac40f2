"""A relay that answers as a test tells it, word for word, or hangs up."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

YES = {
    "CONNECT": b"220 relay.test ESMTP\r\n",
    "EHLO": b"250-relay.test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    "MAIL": b"250 2.1.0 Ok\r\n",
    "RCPT": b"250 2.1.5 Ok\r\n",
    "DATA": b"354 Go ahead\r\n",
    "BDAT": b"250 2.0.0 Ok: queued\r\n",
    "DOT": b"250 2.0.0 Ok: queued\r\n",
    "RSET": b"250 2.0.0 Ok\r\n",
    "QUIT": b"221 2.0.0 Bye\r\n",
    "STARTTLS": b"220 2.0.0 Ready\r\n",
    "AUTH": b"235 2.7.0 Welcome\r\n",
}
HANG_UP = b""
# What a relay says to EHLO decides how our client goes on.
LOCKSTEP = b"250-relay.test\r\n250 8BITMIME\r\n"
PIPELINING = b"250-relay.test\r\n250-PIPELINING\r\n250 SIZE\r\n"
CHUNKING = b"250-relay.test\r\n250-PIPELINING\r\n250-SIZE\r\n250 CHUNKING\r\n"


@dataclass
class ScriptedRelay:
    """`replies` to a command override YES; an empty one ends the connection. It is strict about CRLF."""

    port: int = 0
    replies: dict[str, bytes] = field(default_factory=dict)
    # How many messages a connection takes before `replies` apply to it.
    after: int = 0
    # Recipients that are refused; DATA and BDAT then have nobody, and MAIL wants RSET first.
    refuses: dict[str, bytes] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    connections: int = 0
    # Set: the next answer waits for `go_on`.
    hold_at: str = ""
    held: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?tls=none"


class _HungUp(Exception):
    pass


class _Talk(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        relay: ScriptedRelay = self.server.relay  # type: ignore[attr-defined]  # set by running_relay
        relay.connections += 1
        self.taken = 0
        self.is_refused = self.is_begun = False
        try:
            if relay.implicit_tls:
                self._encrypt(relay)
            self._answer(relay, "CONNECT")
            while line := self.rfile.readline():
                self._one(relay, line)
        except (_HungUp, OSError):
            return
        finally:
            if isinstance(self.request, ssl.SSLSocket):
                self.request.close()

    def _one(self, relay: ScriptedRelay, line: bytes) -> None:
        assert line.endswith(b"\r\n")
        relay.commands.append(line.decode().strip())
        verb = line.split()[0].decode().upper()
        if relay.refuses and self._refuse(relay, verb, line):
            return
        if verb == "BDAT":
            self._chunk(relay, int(line.split()[1]))
            return
        said = self._answer(relay, verb)
        if verb == "STARTTLS" and said.startswith(b"220"):
            self._encrypt(relay)
        if verb == "DATA" and said.startswith(b"354"):
            self._text(relay)
        if verb == "QUIT":
            raise _HungUp

    def _text(self, relay: ScriptedRelay) -> None:
        lines = []
        if relay.hold_at == "TEXT":
            relay.go_on.wait(20)
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise _HungUp
            assert line.endswith(b"\r\n"), "a bare line feed"
            assert b"\r" not in line[:-2], "a bare carriage return"
            lines.append(line[1:] if line.startswith(b".") else line)
        if self._script(relay, "DOT").startswith(b"250") or not self._script(relay, "DOT"):
            relay.messages.append(b"".join(lines))
        self._answer(relay, "DOT")
        self.taken += 1

    def _refuse(self, relay: ScriptedRelay, verb: str, line: bytes) -> bool:
        """As strict as a relay may be about a transaction in which somebody was refused."""
        said = b""
        if verb == "MAIL" and self.is_begun:
            said = b"503 5.5.1 Nested MAIL\r\n"
        elif verb == "RCPT":
            said = relay.refuses.get(line.partition(b"<")[2].partition(b">")[0].decode(), b"")
            self.is_refused = bool(said)
        elif verb in {"DATA", "BDAT"} and self.is_refused:
            self.rfile.read(int(line.split()[1]) if verb == "BDAT" else 0)
            said = b"554 5.5.1 No valid recipients\r\n"
        if not said:
            self.is_begun = verb in {"MAIL", "RCPT"}
            self.is_refused = self.is_refused and self.is_begun
        self.wfile.write(said)
        return bool(said)

    def _chunk(self, relay: ScriptedRelay, size: int) -> None:
        text = self.rfile.read(size)
        if len(text) < size:
            raise _HungUp
        if self._script(relay, "BDAT").startswith(b"250") or not self._script(relay, "BDAT"):
            relay.messages.append(text)
        self._answer(relay, "BDAT")
        self.taken += 1

    def _script(self, relay: ScriptedRelay, step: str) -> bytes:
        scripted = relay.replies.get(step) if self.taken >= relay.after else None
        return YES.get(step, b"502 5.5.2 What?\r\n") if scripted is None else scripted

    def _answer(self, relay: ScriptedRelay, step: str) -> bytes:
        if relay.hold_at == step:
            relay.held.set()
            relay.go_on.wait(20)
        said = self._script(relay, step)
        if said == HANG_UP:
            raise _HungUp
        self.wfile.write(said)
        self.wfile.flush()
        return said

    def _encrypt(self, relay: ScriptedRelay) -> None:
        assert relay.tls is not None
        self.finish()
        self.request = relay.tls.wrap_socket(self.request, server_side=True)
        self.setup()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the test."""


@contextmanager
def running_relay(**replies: bytes) -> Iterator[ScriptedRelay]:
    """Each reply is that of a command: `rcpt` refuses every recipient, or hangs up."""
    relay = ScriptedRelay(replies={step.upper(): said for step, said in replies.items()})
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.relay = relay  # type: ignore[attr-defined]  # read by _Talk
        relay.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield relay
        finally:
            relay.go_on.set()
            server.shutdown()
            thread.join()
