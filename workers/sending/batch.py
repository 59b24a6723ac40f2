"""One claimed batch: look once more, transmit, record; whatever happens, give back the rest."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError

from actions.clock import clock
from actions.config import Settings
from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.transaction import transaction
from workers.sending import ledger
from workers.sending.assembly import assemble
from workers.sending.lease import Lease
from workers.sending.ledger import Claimed, Verdict
from workers.sending.line import Line
from workers.sending.message import Message
from workers.sending.outcomes import Deferred, Failed, NotDelivered, Outcome, Sent, Unknown
from workers.sending.retries import next_try

S = DeliveryState
# A copy may be sent again for every answer not recorded when a worker dies, so answers do not wait long.
RECORD_SECONDS = 0.05
# A pause must hold back new messages within five seconds (O-14), and a window is looked at only before its first.
WINDOW_SECONDS = 1.0
LONGEST_WINDOW_SECONDS = 4.0
FIRST_WINDOW = 16
# What was sent must be written down even if the database is away for a while.
RECORD_PATIENCE = 120.0
log = structlog.get_logger()


class Pace:
    """How many messages make a window of about a second; remembered from batch to batch."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.size = min(FIRST_WINDOW, most)

    def learn(self, sent: int, seconds: float) -> None:
        fitting = int(sent / max(seconds, 0.001) * WINDOW_SECONDS)
        self.size = max(1, min(fitting, self.size * 2, self._most))


class Batch:
    def __init__(self, claims: Sequence[Claimed], line: Line, pace: Pace, settings: Settings, started: float) -> None:
        self._open = {row.id: row for row in claims}
        self._reserved: set[int] = set()
        self._answers: list[Verdict] = []
        self._recorded_at = time.monotonic()
        self._line = line
        self._pace = pace
        self._settings = settings
        self._lease = Lease(self._open.values, settings.lease, started)
        line.beat = self._lease.renew_in_time
        line.may_send = self._lease.is_safe

    def send(self, may_go_on: Callable[[], bool]) -> None:
        """Until every row has its verdict or `may_go_on` says no. Raises RelayAway; the rest goes back to the queue."""
        try:
            while self._open and may_go_on() and not self._line.is_broken:
                self._lease.renew_in_time()
                if not self._lease.is_safe():
                    return
                self._send_window(list(self._open.values())[: self._pace.size], may_go_on)
        finally:
            self._give_back()

    def _send_window(self, claims: Sequence[Claimed], may_go_on: Callable[[], bool]) -> None:
        with transaction():
            assembled = assemble(claims, clock.now())
        self._answers += assembled.verdicts
        self._record()
        db.session.expunge_all()
        ready = [row for row in claims if row.id in assembled.messages]
        self._reserve(ready)
        going = [row for row in ready if row.id in self._reserved]
        started = time.monotonic()
        sent = 0
        for claimed in going:
            if time.monotonic() - started > LONGEST_WINDOW_SECONDS or not may_go_on() or not self._lease.is_safe():
                break
            self._send_one(claimed, assembled.messages[claimed.id])
            sent += 1
            if self._line.is_broken:
                break
        self._record()
        self._pace.learn(sent, time.monotonic() - started)
        self._give_back_reserved()

    def _reserve(self, claims: Sequence[Claimed]) -> None:
        with transaction():
            self._reserved = ledger.reserve(claims, lease=self._settings.lease, moment=clock.now())
        for claimed in claims:
            if claimed.id not in self._reserved:
                del self._open[claimed.id]

    def _send_one(self, claimed: Claimed, message: Message) -> None:
        outcome = self._line.send(message)
        self._answers.append(self._verdict(claimed, outcome, clock.now()))
        self._lease.renew_in_time()
        if time.monotonic() - self._recorded_at > RECORD_SECONDS:
            self._record()

    def _verdict(self, claimed: Claimed, outcome: Outcome, moment: datetime) -> Verdict:
        ours = self._settings
        due = next_try(claimed.attempts + 1, moment, first=ours.retry_first, longest=ours.retry_longest)
        match outcome:
            case Sent(code, status):
                return Verdict(claimed.id, claimed.fence, S.SENT, code=code, status=status)
            case Failed(code, status):
                return Verdict(claimed.id, claimed.fence, S.FAILED, code=code, status=status)
            case Unknown():
                return Verdict(claimed.id, claimed.fence, S.UNKNOWN, due_at=due)
            case Deferred(code, status):
                return _put_off(claimed, moment, due, code, status)
            case NotDelivered():
                return _put_off(claimed, moment, due, None, None)

    def _record(self) -> None:
        if self._answers:
            _settle(self._answers)
            for verdict in self._answers:
                self._open.pop(verdict.id, None)
                self._reserved.discard(verdict.id)
            self._answers = []
        self._recorded_at = time.monotonic()

    def _give_back_reserved(self) -> None:
        """Reserved, and then the time was up: surely not sent."""
        self._answers += [
            Verdict(row_id, self._open[row_id].fence, S.QUEUED, tries=-1) for row_id in sorted(self._reserved)
        ]
        self._record()

    def _give_back(self) -> None:
        answered = {verdict.id for verdict in self._answers}
        self._reserved -= answered
        self._give_back_reserved()
        self._answers = [Verdict(row.id, row.fence, S.QUEUED) for row in self._open.values()]
        self._record()


def _put_off(claimed: Claimed, moment: datetime, due: datetime, code: int | None, status: str | None) -> Verdict:
    if moment >= claimed.give_up_at:
        return Verdict(claimed.id, claimed.fence, S.FAILED, code=code, status=status)
    return Verdict(claimed.id, claimed.fence, S.DEFERRED, due_at=due, code=code, status=status)


def _settle(verdicts: Sequence[Verdict]) -> None:
    """In one transaction; again while the database is away, since nobody else knows these answers."""
    deadline = time.monotonic() + RECORD_PATIENCE
    while True:
        try:
            with transaction():
                ledger.settle(verdicts, moment=clock.now())
        except DBAPIError as error:
            if not error.connection_invalidated or time.monotonic() > deadline:
                raise
            log.warning("the database is away; answers wait", answers=len(verdicts))
            time.sleep(0.5)
        else:
            return
