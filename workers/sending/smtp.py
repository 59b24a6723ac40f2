"""One connection to the relay that carries many messages, and knows of each how far it got.

With PIPELINING (RFC 2920) the text of a message leaves together with the envelope of the next one: one wait for each
message. With CHUNKING (RFC 3030) nothing is waited for in between. With neither, each command has its answer first.
Everything happens in the event loop's callbacks: a task switch for each answer would cost more than the rest.
"""

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol, Self

from workers.sending import framing
from workers.sending.channel import Channel, ConnectionLost
from workers.sending.handshake import Extensions, open_channel
from workers.sending.message import Message
from workers.sending.outcomes import ABOUT_US, TOO_LARGE, Deferred, Failed, NotDelivered, Outcome, Phase, Sent
from workers.sending.patience import BLOCK, Patience
from workers.sending.relay import Relay
from workers.sending.replies import CLOSING, Reply
from workers.sending.turn import STORAGE_EXCEEDED, OutOfStep, Step, Turn

NO_SMTPUTF8 = Failed(None, "5.6.7")
TOO_LARGE_FOR_RELAY = Deferred(STORAGE_EXCEEDED, TOO_LARGE)
# With CHUNKING, what is on its way is unknown when the connection breaks; so few, and not much.
MOST_ON_THE_WAY = 4
MOST_OCTETS_ON_THE_WAY = 4 * BLOCK
# Of RSETs after a message that was taken, where the relay may count them.
MOST_SPARE_RESETS = 8


class Work(Protocol):
    """Whose messages a connection carries. It is called by the event loop, so it must not wait for anything."""

    def take(self) -> Message | None:
        """The next message for this connection, or None if there is nothing now."""

    def may_send(self, message: Message) -> bool:
        """Asked before a message's envelope goes and again before its text: no means surely not delivered."""

    def past_dot(self, message: Message) -> None:
        """The octets that end it are about to leave: from now on it may be delivered."""

    def report(self, message: Message, outcome: Outcome) -> None:
        """Once for each message that was taken."""


class _NoWork:
    """Between two calls of `transmit`."""

    def take(self) -> Message | None:
        return None

    def may_send(self, message: Message) -> bool:  # noqa: ARG002  # nothing may
        return False

    def past_dot(self, message: Message) -> None:
        pass

    def report(self, message: Message, outcome: Outcome) -> None:
        pass


async def connect(relay: Relay, *, name: str, patience: Patience, chunking: bool = True) -> "Connection":
    """Without `chunking` at most one message at a time can become unknown. Raises RelayAway."""
    channel, extensions = await open_channel(relay, name=name, patience=patience)
    return Connection(channel, extensions, patience, chunking=chunking)


class Connection:
    """`carried`: how many messages it has begun."""

    def __init__(self, channel: Channel, extensions: Extensions, patience: Patience, *, chunking: bool) -> None:
        self.carried = 0
        self._channel = channel
        self._offers = extensions
        self._patience = patience
        # Without PIPELINING each command is answered before the next all the same.
        self._is_chunking = chunking and extensions.chunking and extensions.pipelining
        self._turns: deque[Turn] = deque()
        self._unanswered = 0
        self._octets = 0
        self._must_reset = False
        self._spare_resets = math.inf if extensions.forgives_resets else MOST_SPARE_RESETS
        self._is_leaving = False
        self._is_text_out = False
        self._work: Work = _NoWork()
        self._done: asyncio.Future[None] | None = None
        channel.listener = self

    @property
    def is_open(self) -> bool:
        return self._channel.is_open

    async def transmit(self, work: Work) -> None:
        """Carry what `work` gives until it gives nothing and all is reported, or until the connection is lost.

        Where `work` itself raises, so does this, and the connection is lost.
        """
        if not self.is_open:
            return
        self._work, self._done = work, asyncio.get_running_loop().create_future()
        try:
            self._guarded(())
            await self._done
        finally:
            if self._turns:
                # Cancelled: what was taken is told before that.
                self.abandon()
            self._work = _NoWork()

    async def close(self) -> None:
        """Say goodbye. Nothing that is answered, or not, changes what was sent."""
        if self.is_open:
            self._channel.listener = None
            with suppress(ConnectionLost):
                await self._channel.ask(b"QUIT", self._patience.quit)
        self._channel.abandon()

    def abandon(self) -> None:
        self._channel.abandon()
        self.lost()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def heard(self, replies: Sequence[Reply]) -> None:
        self._guarded(replies)

    def drained(self) -> None:
        if self._turns:
            self._guarded(())

    def lost(self) -> None:
        if self._turns and self._channel.is_full:
            # What was written last has not left this process, and it is what would have ended the last message.
            self._turns[-1].is_past_dot = False
        turns, self._turns = list(self._turns), deque()
        error: Exception | None = None
        try:
            for turn in turns:
                self._work.report(turn.message, turn.lost())
        except Exception as raised:  # noqa: BLE001  # as in _guarded
            error = raised
        self._finish(error)

    def _guarded(self, replies: Sequence[Reply]) -> None:
        """Between the event loop, which must go on, and `work`, whose errors belong to who gave it."""
        try:
            for reply in replies:
                self._hear(reply)
            self._go_on()
        except OutOfStep:
            self.abandon()
        except Exception as error:  # noqa: BLE001  # raised where `transmit` is waited for
            self._finish(error)
            self.abandon()

    def _hear(self, reply: Reply) -> None:
        if not self._unanswered:
            raise OutOfStep
        self._unanswered -= 1
        turn = self._turns[0]
        turn.hear(reply)
        if reply.code == CLOSING:
            self._close_behind()
        if reply.code in ABOUT_US:
            self._is_leaving = True
        # Asked one at a time, a message that is refused is asked nothing more.
        is_over_early = turn.outcome is not None and turn.step is not Step.DOT and not self._offers.pipelining
        if turn.step is Step.END or is_over_early:
            self._end(turn)

    def _end(self, turn: Turn) -> None:
        self._turns.popleft()
        self._octets -= len(turn.message.content)
        outcome = turn.lost()
        self._must_reset = not isinstance(outcome, Sent)
        self._work.report(turn.message, outcome)

    def _close_behind(self) -> None:
        """The relay looks at nothing that was sent after what it answers so."""
        for turn in list(self._turns)[1:]:
            turn.is_past_dot = False
        raise OutOfStep

    def _go_on(self) -> None:
        if self._is_chunking:
            self._write_chunks()
        elif not self._unanswered:
            self._write_next()
        if not self._turns:
            self._finish()
        elif self.is_open:
            self._channel.expect_within(self._seconds(self._turns[0]))

    def _seconds(self, turn: Turn) -> float:
        """How long the first message may wait for its next answer, or for its text to leave."""
        if not self._unanswered:
            return self._patience.for_text(len(turn.message.content))
        if turn.step is Step.DOT:
            return self._patience.dot
        return self._patience.data if turn.step is Step.DATA else self._patience.command

    def _finish(self, error: Exception | None = None) -> None:
        if self._is_leaving:
            self._channel.abandon()
        self._channel.expect_nothing()
        if self._done is not None and not self._done.done():
            if error is None:
                self._done.set_result(None)
            else:
                self._done.set_exception(error)

    def _write_next(self) -> None:
        if not self._turns:
            self._channel.write(self._begin())
        elif self._turns[0].step is Step.DOT:
            self._write_text(self._turns[0])
        else:
            self._channel.write(self._ask(self._turns[0]))

    def _write_text(self, turn: Turn) -> None:
        message = turn.message
        if turn.outcome is not None:
            # RFC 2920 §3.1: a DATA that was taken without a recipient is ended with nothing in it.
            self._must_reset = True
            self._write_end(b"")
            return
        if not self._work.may_send(message):
            self.abandon()
            return
        text = b"" if self._is_text_out else framing.stuffed(message)
        if len(text) > BLOCK:
            # A relay that gives up in between says so before the dot, and then nothing was delivered.
            self._channel.write(text)
            self._is_text_out, text = True, b""
        if not self._channel.is_full:
            self._is_text_out = False
            self._write_end(text, turn)

    def _write_end(self, text: bytes, turn: Turn | None = None) -> None:
        """The final dot, and behind it the envelope of the next message."""
        self._unanswered = 1
        follow = self._begin() if self._offers.pipelining else b""
        if turn is not None:
            turn.is_past_dot = True
            self._work.past_dot(turn.message)
        self._channel.write(text + framing.END + follow)

    def _begin(self) -> bytes:
        """The envelope of the next message, or as much of it as may go before an answer; nothing if there is none."""
        message = self._next()
        if message is None:
            return b""
        turn = self._take_up(message, has_data=True, resets=self._must_reset)
        return self._envelope(turn) + b"DATA\r\n" if self._offers.pipelining else self._ask(turn)

    def _write_chunks(self) -> None:
        parts: list[bytes] = []
        while self._has_room() and (message := self._next()) is not None:
            # RFC 3030 §2: a refused BDAT leaves the relay in need of RSET, and nobody waits to see whether it was.
            if self._turns and not self._must_reset:
                self._spare_resets -= 1
            turn = self._take_up(message, has_data=False, resets=self._must_reset or bool(self._turns))
            text = framing.ended(message.content)
            turn.is_past_dot = True
            self._work.past_dot(message)
            parts += [self._envelope(turn), b"BDAT %d LAST\r\n" % len(text), text]
        if parts:
            self._channel.write(b"".join(parts))

    def _has_room(self) -> bool:
        """For one more message on the way."""
        if not self._turns:
            return True
        is_few = len(self._turns) < MOST_ON_THE_WAY and self._octets < MOST_OCTETS_ON_THE_WAY
        return is_few and self._spare_resets > 0 and not self._channel.is_full

    def _take_up(self, message: Message, *, has_data: bool, resets: bool) -> Turn:
        turn = Turn(message, begins_with_reset=resets, has_data=has_data)
        self._turns.append(turn)
        self._octets += len(message.content)
        self.carried += 1
        if self._offers.pipelining:
            self._unanswered += 4 if resets else 3
        return turn

    def _next(self) -> Message | None:
        """The next that may go; those that may not are reported."""
        while not self._is_leaving:
            message = self._work.take()
            if message is None:
                break
            refusal = self._refusal(message)
            if refusal is None:
                return message
            self._work.report(message, refusal)
        return None

    def _refusal(self, message: Message) -> Outcome | None:
        if message.needs_smtputf8 and not self._offers.smtputf8:
            return NO_SMTPUTF8
        if self._offers.size_limit is not None and len(message.content) > self._offers.size_limit:
            return TOO_LARGE_FOR_RELAY
        return None if self._work.may_send(message) else NotDelivered(Phase.DATA)

    def _envelope(self, turn: Turn) -> bytes:
        reset = b"RSET\r\n" if turn.step is Step.RESET else b""
        return reset + framing.mail(turn.message, says_size=self._offers.size) + framing.rcpt(turn.message)

    def _ask(self, turn: Turn) -> bytes:
        """One command alone, where the relay wants to answer each."""
        self._unanswered += 1
        if turn.step is Step.RESET:
            return b"RSET\r\n"
        if turn.step is Step.MAIL:
            return framing.mail(turn.message, says_size=self._offers.size)
        if turn.step is Step.DATA and not self._work.may_send(turn.message):
            self.abandon()
        return framing.rcpt(turn.message) if turn.step is Step.RCPT else b"DATA\r\n"
