"""One connection to the relay, used for many messages; it knows how far each message got.

smtplib cannot say that: it raises the same error before and after the final dot, and turns a bad answer to QUIT into
the failure of a message that was accepted (O-07).
"""

import base64
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from workers.sending.message import Message
from workers.sending.outcomes import Deferred, Failed, NotDelivered, Outcome, Phase, RelayAway, Sent, Unknown
from workers.sending.relay import Relay, Tls
from workers.sending.wire import ConnectionLost, Reply, Wire

GO_AHEAD = 354
CLOSING = 421
# RFC 4954 §6: about who we are, not about the message.
ABOUT_US = frozenset({530, 534, 535, 538})
# RFC 5321 §4.5.3.1.10: many servers say "mailbox full" as "too many recipients".
TOO_MANY_RECIPIENTS = 552
NO_SMTPUTF8 = Failed(None, "5.6.7")


@dataclass(frozen=True)
class Patience:
    """RFC 5321 §4.5.3.2, in seconds. The final dot has ten minutes: less than that trades copies for speed (B-61)."""

    connect: float = 30.0
    command: float = 300.0
    data: float = 120.0
    block: float = 180.0
    dot: float = 600.0
    quit: float = 2.0


class Connection:
    """Opened when it is made: raises RelayAway.

    `beat` is called every few seconds while the relay lets us wait; `may_send` once more before a message's text goes.
    """

    def __init__(
        self,
        relay: Relay,
        *,
        name: str,
        patience: Patience,
        beat: Callable[[], None],
        may_send: Callable[[], bool] = lambda: True,
    ) -> None:
        self._patience = patience
        self._may_send = may_send
        self._wire = _connect(relay, patience.connect, beat)
        self._is_open = True
        try:
            self._extensions = self._greet(relay, name)
        except RelayAway:
            self.abandon()
            raise

    @property
    def is_open(self) -> bool:
        return self._is_open

    def send(self, message: Message) -> Outcome:
        """Hand over one message. Never raises; where the connection was lost, `is_open` is False afterwards."""
        if message.needs_smtputf8 and "SMTPUTF8" not in self._extensions:
            return NO_SMTPUTF8
        phase = Phase.MAIL
        try:
            for phase, command in _envelope(message):
                reply = self._ask_in(phase, command)
                if not reply.is_yes:
                    return self._refused(reply, phase)
                _check_order(reply, phase)
            self._write_text(message.content)
            phase = Phase.DOT
            return self._finish()
        except ConnectionLost:
            self.abandon()
            return Unknown() if phase is Phase.DOT else NotDelivered(phase)

    def close(self) -> None:
        """Say goodbye. Nothing that is answered, or not, changes what was sent."""
        if self._is_open:
            with suppress(ConnectionLost):
                self._ask(b"QUIT", self._patience.quit)
            self.abandon()

    def abandon(self) -> None:
        self._is_open = False
        with suppress(OSError):
            self._wire.close()

    def _greet(self, relay: Relay, name: str) -> frozenset[str]:
        phase = Phase.CONNECT
        try:
            _expect(self._wire.read_reply(self._patience.command), phase)
            phase = Phase.EHLO
            extensions = self._ehlo(name)
            if relay.tls is Tls.STARTTLS:
                _expect(self._ask(b"STARTTLS", self._patience.command), phase)
                self._wire.encrypt(_tls(relay), relay.host, self._patience.connect)
                extensions = self._ehlo(name)
            if relay.user is not None:
                phase = Phase.AUTH
                self._log_in(relay.user, relay.password or "", extensions)
        except (ConnectionLost, OSError) as error:
            raise RelayAway(phase, f"{type(error).__name__}: {error}") from error
        return frozenset(extensions)

    def _ehlo(self, name: str) -> dict[str, str]:
        reply = _expect(self._ask(f"EHLO {name}".encode("ascii"), self._patience.command), Phase.EHLO)
        offered = (line.upper().partition(" ") for line in reply.lines[1:])
        return {keyword: parameters for keyword, _, parameters in offered}

    def _log_in(self, user: str, password: str, extensions: dict[str, str]) -> None:
        if "PLAIN" in extensions.get("AUTH", "").split():
            steps = [b"AUTH PLAIN " + _base64(f"\0{user}\0{password}")]
        else:
            steps = [b"AUTH LOGIN", _base64(user), _base64(password)]
        for step in steps:
            _expect(self._ask(step, self._patience.command), Phase.AUTH)

    def _ask_in(self, phase: Phase, command: bytes) -> Reply:
        if phase is not Phase.DATA:
            return self._ask(command, self._patience.command)
        if not self._may_send():
            raise ConnectionLost("the lease has lapsed")
        return self._ask(command, self._patience.data)

    def _ask(self, command: bytes, seconds: float) -> Reply:
        self._wire.write(command + b"\r\n", self._patience.block)
        return self._wire.read_reply(seconds)

    def _write_text(self, content: bytes) -> None:
        text = content if content.endswith(b"\r\n") else content + b"\r\n"
        stuffed = text.replace(b"\r\n.", b"\r\n..")
        self._wire.write(b"." + stuffed if stuffed.startswith(b".") else stuffed, self._patience.block)
        # A relay that gave up in between says so before the dot, and then nothing was delivered.
        if self._wire.spoke_unasked():
            raise ConnectionLost("before the final dot")

    def _finish(self) -> Outcome:
        reply = self._ask(b".", self._patience.dot)
        if reply.code == CLOSING:
            self.abandon()
        if not reply.is_yes:
            return _verdict(reply)
        _check_order(reply, Phase.DOT)
        return Sent(reply.code, reply.status)

    def _refused(self, reply: Reply, phase: Phase) -> Outcome:
        """The message is refused before its text; the connection is made ready for the next one."""
        if reply.code == CLOSING or reply.code in ABOUT_US:
            self.abandon()
            return Deferred(reply.code, reply.status)
        with suppress(ConnectionLost):
            if self._ask(b"RSET", self._patience.command).is_yes:
                return _verdict(reply, phase)
        self.abandon()
        return _verdict(reply, phase)


def _check_order(reply: Reply, phase: Phase) -> None:
    """354 answers DATA and nothing else; a relay that confuses the two is out of step with us."""
    if (reply.code == GO_AHEAD) is not (phase is Phase.DATA):
        raise ConnectionLost("out of step")


def _verdict(reply: Reply, phase: Phase = Phase.DOT) -> Outcome:
    later = reply.is_later or (phase is Phase.RCPT and reply.code == TOO_MANY_RECIPIENTS)
    return Deferred(reply.code, reply.status) if later else Failed(reply.code, reply.status)


def _envelope(message: Message) -> list[tuple[Phase, bytes]]:
    utf8 = " SMTPUTF8" if message.needs_smtputf8 else ""
    return [
        (Phase.MAIL, f"MAIL FROM:<{message.return_path}>{utf8}".encode()),
        (Phase.RCPT, f"RCPT TO:<{message.recipient}>".encode()),
        (Phase.DATA, b"DATA"),
    ]


def _connect(relay: Relay, seconds: float, beat: Callable[[], None]) -> Wire:
    try:
        wire = Wire(socket.create_connection((relay.host, relay.port), seconds), beat)
    except OSError as error:
        raise RelayAway(Phase.CONNECT, f"{type(error).__name__}: {error}") from error
    if relay.tls is Tls.IMPLICIT:
        try:
            wire.encrypt(_tls(relay), relay.host, seconds)
        except OSError as error:
            wire.close()
            raise RelayAway(Phase.CONNECT, f"{type(error).__name__}: {error}") from error
    return wire


def _tls(relay: Relay) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not relay.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _expect(reply: Reply, phase: Phase) -> Reply:
    """A refusal before there is a message is the relay's own, whatever its code: nobody's mail fails for it."""
    if not reply.is_yes:
        raise RelayAway(phase, f"refused with {reply.code}")
    return reply


def _base64(text: str) -> bytes:
    return base64.b64encode(text.encode())
