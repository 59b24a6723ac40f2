"""An SMTP server on loopback that accepts every mail and passes none on.

`python -m devserver.catcher --port N --mailbox DIR` is what `make run` sends to; `Catcher` is the same server inside a
test, which reads what it received and tells it how to misbehave.
"""

import argparse
import asyncio
import json
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

from devserver.processes import CouldNotStart

LARGEST_MESSAGE = 50 * 2**20


@dataclass(frozen=True)
class Received:
    """One accepted mail: its envelope, and its bytes as they came over the wire (dots unstuffed, nothing added)."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    content: bytes
    received_at: datetime


@dataclass
class Rules:
    """How a catcher answers; a test changes them as it goes. Replies are whole lines, such as `550 5.1.1 Unknown`."""

    recipients: dict[str, str] = field(default_factory=dict)  # address as it came -> reply to its RCPT
    sender: str | None = None  # reply to every MAIL
    data: str | None = None  # reply after the final dot, instead of accepting
    drop_before_dot: bool = False  # the connection is cut once DATA has begun: surely not delivered
    drop_after_dot: bool = False  # it is cut after the final dot, the mail being kept: the sender cannot know
    quit: str = "221 2.0.0 Bye"
    delay: float = 0.0  # seconds before the answer to the final dot


class Catcher:
    """A server in a thread of this process. `received` grows in the order of arrival, unless told not to `remember`."""

    def __init__(
        self, mailbox: Path | None = None, *, port: int = 0, smtputf8: bool = True, remember: bool = True
    ) -> None:
        self.rules = Rules()
        self.received: list[Received] = []
        self.port = port
        self._mailbox = mailbox
        self._smtputf8 = smtputf8
        self._remember = remember
        self._arrival = threading.Condition()
        self._conversations: set[_Conversation] = set()
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], object] | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def is_listening(self) -> bool:
        return self._thread is not None

    def start(self) -> None:
        """Listen. A port of 0 becomes one that was free; after `stop` it listens at the same again."""
        listening: Future[int] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self.serve(listening)), name="catcher", daemon=True)
        self._thread.start()
        self.port = listening.result()

    def stop(self) -> None:
        """Refuse new connections and cut the open ones; what was received stays."""
        if self._stop is not None and self._thread is not None:
            self._stop()
            self._thread.join()
            self._thread = self._stop = None

    async def serve(self, listening: Future[int]) -> None:
        """Serve until `stop`; `listening` gets the port, or the reason why there is none."""
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        try:
            server = await loop.create_server(self._converse, "127.0.0.1", self.port)
        except OSError as error:
            listening.set_exception(CouldNotStart(f"Port {self.port} for mail is not free: {error.strerror}."))
            return
        self._stop = lambda: loop.call_soon_threadsafe(stopped.set)
        listening.set_result(server.sockets[0].getsockname()[1])
        await stopped.wait()
        server.close()
        for conversation in list(self._conversations):
            conversation.cut()

    def keep(self, mail: Received) -> None:
        if self._mailbox is not None:
            write_mail(self._mailbox, mail)
        if self._remember:
            with self._arrival:
                self.received.append(mail)
                self._arrival.notify_all()

    def await_mails(self, count: int, seconds: float = 10.0) -> list[Received]:
        """The mails received, once there are `count` of them; TimeoutError if they do not come."""
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self.received) >= count, seconds):
                raise TimeoutError(f"{len(self.received)} mails came within {seconds} s, not {count}")
            return list(self.received)

    def clear(self) -> None:
        """Forget the mails and the rules."""
        with self._arrival:
            self.received.clear()
        self.rules = Rules()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _converse(self) -> "_Conversation":
        return _Conversation(self, self._conversations, smtputf8=self._smtputf8)


def write_mail(mailbox: Path, mail: Received) -> Path:
    """Put the mail into the folder, envelope first: a reader who sees the `.eml` finds both whole."""
    mailbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    moment = time.time_ns()
    while (mailbox / f"{moment}.json").exists():
        moment += 1
    envelope = {
        "mail_from": mail.mail_from,
        "rcpt_to": list(mail.rcpt_to),
        "received_at": mail.received_at.isoformat(),
    }
    _write_whole(
        mailbox / f"{moment}.json", json.dumps(envelope, ensure_ascii=False).encode("utf-8", "surrogateescape")
    )
    _write_whole(mailbox / f"{moment}.eml", mail.content)
    return mailbox / f"{moment}.eml"


def _write_whole(path: Path, content: bytes) -> None:
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_bytes(content)
    partial.rename(path)


class _Conversation(SMTP):
    """One connection, which can be cut at any step."""

    def __init__(self, catcher: Catcher, conversations: "set[_Conversation]", *, smtputf8: bool) -> None:
        super().__init__(
            _Answers(catcher),
            hostname="localhost",
            ident="Clarion mail catcher",
            enable_SMTPUTF8=smtputf8,
            data_size_limit=LARGEST_MESSAGE,
            loop=asyncio.get_running_loop(),
        )
        self._catcher = catcher
        self._conversations = conversations

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._conversations.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._conversations.discard(self)
        super().connection_lost(error)

    def cut(self) -> None:
        if isinstance(self.transport, asyncio.Transport):
            self.transport.abort()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  # aiosmtpd names a command's method so
        if self._catcher.rules.drop_before_dot:
            await self.push("354 End data with <CR><LF>.<CR><LF>")
            self.cut()
            raise asyncio.CancelledError
        await super().smtp_DATA(arg)


class _Answers:
    """What aiosmtpd asks at each step; the method names are its own."""

    def __init__(self, catcher: Catcher) -> None:
        self._catcher = catcher

    async def handle_MAIL(self, *step: Any) -> str:  # noqa: N802, ANN401  # aiosmtpd's name, and five kinds of argument
        _server, _session, envelope, address, options = step
        if self._catcher.rules.sender is not None:
            return self._catcher.rules.sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(self, *step: Any) -> str:  # noqa: N802, ANN401  # as above
        _server, _session, envelope, address, options = step
        refusal = self._catcher.rules.recipients.get(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: _Conversation, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # as above
        rules = self._catcher.rules
        await asyncio.sleep(rules.delay)
        if rules.data is not None:
            return rules.data
        sender = "" if envelope.mail_from == "<>" else str(envelope.mail_from)
        mail = Received(sender, tuple(envelope.rcpt_tos), envelope.original_content or b"", datetime.now(UTC))
        try:
            self._catcher.keep(mail)
        except OSError as error:
            return f"452 4.3.1 The mailbox cannot be written: {error.strerror}"
        if rules.drop_after_dot:
            server.cut()
            raise asyncio.CancelledError
        return "250 2.0.0 OK"

    async def handle_QUIT(self, *_step: Any) -> str:  # noqa: N802, ANN401  # as above
        return self._catcher.rules.quit


def main() -> None:
    parser = argparse.ArgumentParser(description="Accept every mail on loopback and write it to a folder.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--mailbox", type=Path, required=True)
    chosen = parser.parse_args()
    try:
        Catcher(chosen.mailbox, port=chosen.port, remember=False).start()
    except CouldNotStart as reason:
        sys.exit(str(reason))
    signal.pause()


if __name__ == "__main__":
    main()
