"""One worker's side of the ledger: what it holds, what it may send next, and what became of what it sent.

All of it runs on one thread beside the loop that speaks SMTP, in transactions that end before anything is sent.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import islice, takewhile
from typing import NamedTuple

import structlog
from redis import RedisError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from actions import outbox
from actions.clock import clock
from actions.config import Settings
from actions.deliveries.models import DeliveryState, Lane
from actions.deliveries.operations import DRAIN
from actions.extensions import db, redis
from actions.held_rows import rows_held
from actions.transaction import transaction
from workers.sending import ledger
from workers.sending.assembly import assemble
from workers.sending.health import health_of
from workers.sending.lease import Lease, boot_time
from workers.sending.ledger import Claimed, Verdict
from workers.sending.message import Message
from workers.sending.outcomes import Outcome
from workers.sending.relay import Relay
from workers.sending.throttle import Limits, Throttle
from workers.sending.trace import Trace
from workers.sending.verdicts import verdict_of

S = DeliveryState
# What was sent must be written down even if the database is away for a while.
RECORD_PATIENCE = 120.0
# An empty lane is asked again while an answer is waited for: a final dot may take ten minutes.
LOOK_AGAIN_SECONDS = 1.0
# A message whose destination is slowed for less than this is held; any other goes back to the queue until its turn.
HOLD_SECONDS = 1.0
CALL_SECONDS = 1
# So few messages need one connection.
FEW = 3
# Putting messages together asks the database for what their readers share: once for many.
MOST_PREPARED = 256
log = structlog.get_logger()


class Ready(NamedTuple):
    """Its row is `transmitting`, committed at `since` (a monotonic reading): it may be sent, once."""

    claimed: Claimed
    message: Message
    since: float


class Answer(NamedTuple):
    """What SMTP said of a message; None for one that was reserved and never tried."""

    claimed: Claimed
    outcome: Outcome | None


class Books:
    """`may_claim` ends the claiming, not what follows from it. `connections`: how many this process may hold now."""

    def __init__(self, lane: Lane, settings: Settings, relay: Relay, may_claim: Callable[[], bool]) -> None:
        self._lane = lane
        self._settings = settings
        self._throttle = Throttle(redis.client, Limits.of(relay, settings))
        self.health = health_of(relay.place)
        self.trace = Trace(settings.sending_log)
        self._may_claim = may_claim
        self.connections = 1
        self._held: dict[int, Claimed] = {}
        # Handed over to be sent: what is not answered is unknown, and never goes back to the queue.
        self._handed: set[int] = set()
        self._claimed: deque[Claimed] = deque()
        self._messages: dict[int, Message] = {}
        self._resting: list[tuple[float, Claimed]] = []
        self._look_at = 0.0
        self._is_lane_empty = False
        self.lease = Lease(self._held.values, settings.lease, boot_time())

    @property
    def is_dry(self) -> bool:
        """Nothing is left to send, as far as is known."""
        return self._is_lane_empty and not self._claimed and not self._resting

    def turn(self, answers: Sequence[Answer], wanted: int) -> list[Ready]:
        """Record the answers and reserve up to `wanted` more messages, in one transaction.

        A database that is away leaves the messages for the next turn, and the answers are waited with.
        """
        if self._held:
            self.lease.renew_in_time()
        verdicts = [self._verdict(answer) for answer in answers]
        ready = self._turned(verdicts, wanted)
        self.connections = self._throttle.connections(None if len(self._held) > FEW else 1)
        self._note_health()
        return ready

    def _turned(self, answers: Sequence[Verdict], wanted: int) -> list[Ready]:
        part: list[Claimed] = []
        try:
            if wanted and self.lease.is_safe():
                part = self._next(wanted)
            ready = self._written(answers, part) if part or answers else []
        except SQLAlchemyError as error:
            log.warning("the books could not be written", answers=len(answers), error=type(error).__name__)
            self._claimed.extendleft(reversed(part))
            _settle(answers)
            ready = []
        self._forget(answers)
        return ready

    def close(self, answers: Sequence[Answer]) -> None:
        """The last answers; and whatever was not even reserved goes back to the queue."""
        verdicts = [self._verdict(answer) for answer in answers]
        returned = [Verdict(row.id, row.fence, S.QUEUED) for row in self._held.values() if row.id not in self._handed]
        _settle([*verdicts, *returned])
        self._forget([*verdicts, *returned])
        self._claimed.clear()
        self._resting.clear()
        self._messages.clear()
        self._throttle.close()
        self._note_health()
        self.trace.close()

    def _verdict(self, answer: Answer) -> Verdict:
        row, outcome = answer
        if outcome is None:
            return Verdict(row.id, row.fence, S.QUEUED, tries=-1)
        self._throttle.note(row.site, outcome)
        return verdict_of(row, self.health.judge(outcome), clock.now(), self._settings)

    def _note_health(self) -> None:
        try:
            self.health.record()
        except DBAPIError as error:
            log.warning("the relay's health could not be noted", error=type(error).__name__)

    def _written(self, answers: Sequence[Verdict], part: Sequence[Claimed]) -> list[Ready]:
        moment = clock.now()
        with transaction(), rows_held():
            if answers:
                ledger.settle(answers, moment=moment)
            going, resting, later = self._sorted(part)
            if later:
                ledger.settle(later, moment=moment)
            reserved = ledger.reserve(going, lease=self._settings.lease, moment=moment) if going else set()
        self._resting += resting
        kept = reserved | {row.id for _, row in resting}
        for row in part:
            if row.id not in kept:
                del self._held[row.id]
        since = time.monotonic()
        self._handed |= reserved
        messages = {row.id: self._messages.pop(row.id) for row in part if row.id not in kept or row.id in reserved}
        return [Ready(row, messages[row.id], since) for row in going if row.id in reserved]

    def _sorted(self, rows: Sequence[Claimed]) -> tuple[list[Claimed], list[tuple[float, Claimed]], list[Verdict]]:
        """Who goes now, in a moment, or later because their destination takes no more: then no try is counted."""
        going: list[Claimed] = []
        resting: list[tuple[float, Claimed]] = []
        later: list[Verdict] = []
        now = time.monotonic()
        for row, wait in zip(rows, self._throttle.grant([row.site for row in rows]), strict=True):
            if not wait:
                going.append(row)
            elif wait <= HOLD_SECONDS:
                resting.append((now + wait, row))
            else:
                later.append(Verdict(row.id, row.fence, S.QUEUED, due_at=clock.now() + timedelta(seconds=wait)))
        return going, resting, later

    def _next(self, wanted: int) -> list[Claimed]:
        now = time.monotonic()
        self._claimed.extendleft(row for at, row in self._resting if at <= now)
        self._resting = [(at, row) for at, row in self._resting if at > now]
        if len(self._claimed) < wanted and self._may_claim() and time.monotonic() >= self._look_at:
            self._claim()
        ready = self._prepared_first(wanted)
        if len(ready) < wanted and len(self._claimed) > len(ready):
            self._prepare(max(wanted, min(MOST_PREPARED, 4 * wanted)))
            ready = self._prepared_first(wanted)
        return [self._claimed.popleft() for _ in range(len(ready))]

    def _prepared_first(self, most: int) -> list[Claimed]:
        return list(takewhile(lambda row: row.id in self._messages, islice(self._claimed, most)))

    def _prepare(self, most: int) -> None:
        """Make the messages of the next rows; one that cannot be made gets its verdict here."""
        part = [row for row in islice(self._claimed, most) if row.id not in self._messages]
        with transaction(), rows_held():
            made = assemble(part, clock.now())
            if made.verdicts:
                ledger.settle(made.verdicts, moment=clock.now())
        db.session.expunge_all()
        self._messages |= made.messages
        refused = {said.id for said in made.verdicts}
        self._claimed = deque(row for row in self._claimed if row.id not in refused)
        self._forget(made.verdicts)

    def _claim(self) -> None:
        started, chosen = boot_time(), self._settings
        with transaction():
            claims = ledger.claim(self._lane, most=chosen.claim_size, lease=chosen.lease, moment=clock.now())
        if not self._held:
            self.lease.begin(started)
        self._held |= {row.id: row for row in claims}
        self._claimed += claims
        self._is_lane_empty = len(claims) < chosen.claim_size
        self._look_at = time.monotonic() + LOOK_AGAIN_SECONDS if self._is_lane_empty else 0.0
        if not self._is_lane_empty:
            self._call_for_help()

    def _call_for_help(self) -> None:
        """More is due than one worker claims at once: others that are idle may join in, one every moment or so."""
        with suppress(RedisError):
            if redis.client.set(f"helpers:{self._lane.value}", 1, nx=True, ex=CALL_SECONDS):
                outbox.send(DRAIN, self._lane.value, lane=self._lane.value)

    def _forget(self, verdicts: Sequence[Verdict]) -> None:
        for said in verdicts:
            self._held.pop(said.id, None)
            self._handed.discard(said.id)
        self.trace.recorded(verdicts)


def _settle(verdicts: Sequence[Verdict]) -> None:
    """In one transaction; again while the database is away, since nobody else knows these answers."""
    deadline = time.monotonic() + RECORD_PATIENCE
    while verdicts:
        try:
            with transaction():
                ledger.settle(verdicts, moment=clock.now())
        except SQLAlchemyError:
            if time.monotonic() > deadline:
                raise
            log.warning("the database is away; answers wait", answers=len(verdicts))
            time.sleep(0.5)
        else:
            return
