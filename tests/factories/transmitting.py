"""Messages for a connection to the relay, and what became of each."""

import asyncio
from collections.abc import Callable, Iterable

import pytest

from tests.factories.relay import CHUNKING, LOCKSTEP, PIPELINING
from workers.sending.message import Message
from workers.sending.outcomes import Outcome, Sent
from workers.sending.patience import Patience
from workers.sending.relay import Relay, Tls
from workers.sending.smtp import Connection, connect

QUICK = Patience(connect=2, command=2, data=2, block=2, dot=2, quit=0.2)
TEXT = b"To: reader@example.org\r\n\r\n.one dot\r\n..two dots\r\n.\r\nend\r\n"
RETURN_PATH = "b-ae-mac@bounce.open-door.test"
ACCEPTED = Sent(250, "2.0.0")
# What the relay offers decides how messages go.
WAYS = {"one at a time": LOCKSTEP, "pipelining": PIPELINING, "chunking": CHUNKING}
every_way = pytest.mark.parametrize("ehlo", WAYS.values(), ids=WAYS.keys())
with_data = pytest.mark.parametrize("ehlo", [LOCKSTEP, PIPELINING], ids=["one at a time", "pipelining"])


def a_message(number: int = 1, content: bytes = TEXT, recipient: str = "reader@example.org") -> Message:
    return Message(number, RETURN_PATH, recipient, content, needs_smtputf8=not recipient.isascii())


def many(count: int) -> list[Message]:
    return [a_message(number, b"To: x\r\n\r\n.%d\r\n" % number) for number in range(1, count + 1)]


class Load:
    """What a connection takes and reports; a second report about one message fails the test."""

    def __init__(self, messages: Iterable[Message], may_send: Callable[[], bool] = lambda: True) -> None:
        self.waiting = list(messages)
        self.taken: list[int] = []
        self.past: list[int] = []
        self.outcomes: dict[int, Outcome] = {}
        self._may_send = may_send

    def take(self) -> Message | None:
        if not self.waiting:
            return None
        self.taken.append(self.waiting[0].delivery_id)
        return self.waiting.pop(0)

    def may_send(self, message: Message) -> bool:
        assert message.delivery_id in self.taken
        return self._may_send()

    def past_dot(self, message: Message) -> None:
        assert message.delivery_id not in self.outcomes
        self.past.append(message.delivery_id)

    def report(self, message: Message, outcome: Outcome) -> None:
        assert message.delivery_id not in self.outcomes
        self.outcomes[message.delivery_id] = outcome


async def reach(port: int, patience: Patience = QUICK, *, chunking: bool = True) -> Connection:
    return await connect(
        Relay("127.0.0.1", port, Tls.NONE), name="mail.open-door.test", patience=patience, chunking=chunking
    )


async def carry(connection: Connection, *messages: Message) -> list[Outcome]:
    """What became of each, in their order."""
    load = Load(messages)
    await connection.transmit(load)
    assert sorted(load.outcomes) == sorted(load.taken)
    return [load.outcomes[message.delivery_id] for message in messages if message.delivery_id in load.outcomes]


def send(port: int, *messages: Message, patience: Patience = QUICK) -> list[Outcome]:
    """On one connection of their own."""

    async def sending() -> list[Outcome]:
        async with await reach(port, patience) as connection:
            return await carry(connection, *messages)

    return asyncio.run(sending())
