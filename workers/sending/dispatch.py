"""The loop of one lane: claim, reserve a window, transmit, record, until nothing is due or the time is up.

Two sides meet here. The books (books.py) run on a thread and speak to PostgreSQL; the connections run in this loop and
speak SMTP. Between them lie the stock of messages that may be sent and the answers that are to be recorded.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.utils import parseaddr
from functools import partial
from typing import Any

import structlog
from flask import Flask, current_app

from actions.clock import clock
from actions.config import Settings, settings
from actions.deliveries import operations
from actions.deliveries.models import Lane
from actions.transaction import transaction
from workers.sending import ledger
from workers.sending.books import Answer, Books, Ready
from workers.sending.message import Message
from workers.sending.outcomes import Deferred, NotDelivered, Outcome, RelayAway, Unknown
from workers.sending.pace import Pace
from workers.sending.patience import Patience
from workers.sending.relay import parse_relay
from workers.sending.smtp import Connection, connect

# Of claiming, not of waiting for a relay: other work on this worker's queues must get its turn (O-11).
CLAIMING_SECONDS = 60.0
# After a crash each letter that was reserved waits for a person, sent or not: so never more than one.
ONE_LETTER = 1
# A copy may be sent again for every answer not recorded when a worker dies, so answers do not wait long. A recording
# costs some milliseconds, however many answers it holds; on a busy machine it must not take all the time there is.
RECORD_SECONDS, LONGEST_UNRECORDED = 0.03, 0.2
TURN_SHARE = 1 / 8
# A pause must hold back new messages within five seconds (O-14), and a window is looked at only before its first.
LONGEST_WINDOW_SECONDS = 3.5
TICK_SECONDS = 1.0
# A relay that hangs up this often in a row is not well; the sweep looks again in a moment.
MOST_LOST_IN_A_ROW = 3
CLOSING = 421
log = structlog.get_logger()


def drain(lane: Lane, *, is_stopping: Callable[[], bool], seconds: float = CLAIMING_SECONDS) -> None:
    """Send what is due in the lane. Where some is left after `seconds`, the lane is nudged again.

    A relay that is away leaves everything as it was: the next nudge or the sweep tries again, and nobody's mail fails
    for it (O-15).
    """
    deadline = time.monotonic() + seconds
    if time.monotonic() < deadline and _has_due(lane):
        dispatch = Dispatch(lane, settings(), lambda: time.monotonic() < deadline and not is_stopping())
        asyncio.run(dispatch.run())
        if dispatch.is_in_trouble:
            return
    if not is_stopping() and _has_due(lane):
        with transaction():
            operations.nudge(lane)


class Dispatch:
    """What connections take from and report to: `take`, `may_send`, `past_dot` and `report` are smtp.py's Work."""

    def __init__(self, lane: Lane, chosen: Settings, may_go_on: Callable[[], bool]) -> None:
        self._settings = chosen
        self._relay = parse_relay(chosen.smtp_url)
        self._lane = lane
        # So that one whose worker dies while it connects is still in the queue, and needs no person.
        self._connects_first = lane is Lane.LETTERS
        self._may_go_on = may_go_on
        self._books = Books(lane, chosen, self._relay, may_go_on)
        self._pace = Pace(ONE_LETTER if lane is Lane.LETTERS else chosen.window)
        self._stock: deque[Ready] = deque()
        self._flying: dict[int, Ready] = {}
        self._lost_once: set[int] = set()
        self._answers: list[Answer] = []
        self._carriers: set[asyncio.Task[None]] = set()
        self._live = 0
        self._answered = 0
        self._lost_in_a_row = 0
        self._is_over = False
        self._timer: asyncio.TimerHandle | None = None
        self._rest = RECORD_SECONDS
        self.is_in_trouble = False

    async def run(self) -> None:
        """Until nothing is due, the time is up, or the relay is away; whatever happens, the rest is given back."""
        self._wake, self._stocked = asyncio.Event(), asyncio.Event()
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # Flask's own way to hand it on
        with ThreadPoolExecutor(1, "books") as thread:
            self._on_thread = partial(_run_on, asyncio.get_running_loop(), thread, app)
            try:
                await self._keep_books()
            finally:
                await self._end()

    def take(self) -> Message | None:
        """The next message, or None when there is none to send now."""
        if self._is_over or not self._stock:
            self._stocked.clear()
            self._wake.set()
            return None
        ready = self._stock.popleft()
        self._flying[ready.claimed.id] = ready
        return ready.message

    def may_send(self, message: Message) -> bool:  # noqa: ARG002  # the lease is one for all that this worker holds
        """Whoever lost the lease must not send (O-05)."""
        return self._books.lease.is_safe()

    def past_dot(self, message: Message) -> None:
        self._books.trace.past_dot(message)

    def report(self, message: Message, outcome: Outcome) -> None:
        ready = self._flying.pop(message.delivery_id)
        is_lost = _is_lost(outcome)
        self._lost_in_a_row = self._lost_in_a_row + 1 if is_lost else 0
        if isinstance(outcome, Deferred) and outcome.is_about_relay:
            self._give_up("the relay refuses us", code=outcome.code, status=outcome.status)
        if self._lost_in_a_row >= MOST_LOST_IN_A_ROW + self._live:
            self._give_up("the relay hangs up", lost=self._lost_in_a_row)
        if is_lost and not isinstance(outcome, Unknown) and self._may_go_again(ready):
            self._stock.appendleft(ready)
            self._stocked.set()
            return
        self._answers.append(Answer(ready.claimed, outcome))
        self._answered += 1
        if len(self._answers) * 2 >= self._pace.size or self._is_over:
            self._wake.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._rest, self._wake.set)

    def _may_go_again(self, ready: Ready) -> bool:
        """Once: relays close a connection that was idle or has carried enough, which is not about this message."""
        if self._is_over or ready.claimed.id in self._lost_once or not self._books.lease.is_safe():
            return False
        self._lost_once.add(ready.claimed.id)
        return True

    async def _keep_books(self) -> None:
        while True:
            self._look_around()
            answers, self._answers = self._answers, []
            began = time.monotonic()
            fresh = await self._on_thread(self._books.turn, answers, self._wanted(len(answers)))
            took = time.monotonic() - began
            self._rest = min(max(RECORD_SECONDS, took / TURN_SHARE), LONGEST_UNRECORDED)
            self._learn(len(answers))
            self._stock += fresh
            if fresh:
                self._stocked.set()
            if self._is_done():
                return
            self._hire()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TICK_SECONDS)
            self._wake.clear()
            self._cancel_timer()

    def _look_around(self) -> None:
        if self._books.health.is_refusing:
            self._give_up("the relay refuses everybody")
        if not self._may_go_on() or not self._books.lease.is_safe():
            self._is_over = True
        while self._stock and (self._is_over or time.monotonic() - self._stock[0].since > LONGEST_WINDOW_SECONDS):
            self._answers.append(Answer(self._stock.popleft().claimed, None))

    def _wanted(self, unrecorded: int) -> int:
        if self._is_over or (self._connects_first and not self._live):
            return 0
        return max(0, self._pace.size - len(self._stock) - len(self._flying) - unrecorded // 2)

    def _learn(self, answered: int) -> None:
        if self._flying or answered:
            self._pace.answered(answered)
        else:
            self._pace.rest()

    def _is_done(self) -> bool:
        if self._flying or self._answers:
            return False
        return self._is_over or (not self._stock and self._books.is_dry)

    def _hire(self) -> None:
        """As many connections as there is work for; more only as the relay proves to take it (slow start)."""
        if self._is_over:
            return
        work = len(self._stock) + len(self._flying) + self._connects_first
        most = min(self._books.connections, self._pace.size, work, 1 + self._answered)
        while len(self._carriers) < most:
            task = asyncio.create_task(self._carry())
            self._carriers.add(task)
            task.add_done_callback(self._carriers.discard)

    async def _carry(self) -> None:
        try:
            while not self._is_over and len(self._carriers) <= self._books.connections:
                connection = await self._connect()
                self._live += 1
                try:
                    await self._use(connection)
                finally:
                    self._live -= 1
                    await connection.close()
        except RelayAway as away:
            # While others carry on, one connection less is no trouble.
            if not self._live:
                self._books.health.away(away)
                self._give_up("the relay is away", phase=away.phase.value, reason=str(away))

    async def _connect(self) -> Connection:
        # A letter that becomes unknown waits for a person, so never more than one at a time.
        many = self._lane is not Lane.LETTERS
        return await connect(self._relay, name=_name(self._settings), patience=_patience(self._settings), chunking=many)

    async def _use(self, connection: Connection) -> None:
        while connection.is_open and connection.carried < self._settings.messages_per_connection:
            await connection.transmit(self)
            if self._is_over or not connection.is_open or len(self._carriers) > self._books.connections:
                return
            await self._stocked.wait()

    def _give_up(self, why: str, **details: Any) -> None:  # noqa: ANN401  # whatever the log can show
        if not self._is_over:
            log.warning(why, lane=self._lane.value, **details)
        self.is_in_trouble = self._is_over = True
        self._wake.set()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _end(self) -> None:
        self._is_over = True
        self._cancel_timer()
        for task in list(self._carriers):
            task.cancel()
        await asyncio.gather(*self._carriers, return_exceptions=True)
        unsent = [Answer(ready.claimed, None) for ready in (*self._stock, *self._flying.values())]
        await self._on_thread(self._books.close, [*self._answers, *unsent])


async def _run_on(
    loop: asyncio.AbstractEventLoop,
    thread: ThreadPoolExecutor,
    app: Flask,
    work: Callable[..., Any],
    *values: Any,  # noqa: ANN401  # whatever the work takes
) -> Any:  # noqa: ANN401  # whatever the work gives back
    """On the thread of the books, which has a session of its own for each piece of work."""

    def in_context() -> Any:  # noqa: ANN401  # as above
        with app.app_context():
            return work(*values)

    return await loop.run_in_executor(thread, in_context)


def _is_lost(outcome: Outcome) -> bool:
    closing = isinstance(outcome, Deferred) and outcome.code == CLOSING
    return closing or isinstance(outcome, NotDelivered | Unknown)


def _has_due(lane: Lane) -> bool:
    with transaction():
        return ledger.has_due(lane, clock.now())


def _name(chosen: Settings) -> str:
    return parseaddr(chosen.mail_from)[1].rpartition("@")[2] or "localhost"


def _patience(chosen: Settings) -> Patience:
    return Patience(connect=chosen.smtp_connect_timeout, dot=chosen.smtp_timeout)
