"""The loop of one lane: claim, send, record, until nothing is due or the time is up."""

import time
from collections.abc import Callable
from email.utils import parseaddr

import structlog

from actions.clock import clock
from actions.config import Settings, settings
from actions.deliveries import operations
from actions.deliveries.models import Lane
from actions.transaction import transaction
from workers.sending import ledger
from workers.sending.batch import Batch, Pace
from workers.sending.lease import boot_time
from workers.sending.ledger import Claimed
from workers.sending.line import Line
from workers.sending.outcomes import RelayAway
from workers.sending.relay import parse_relay
from workers.sending.smtp import Patience

# Of claiming, not of waiting for a relay: other work on this worker's queues must get its turn (O-11).
CLAIMING_SECONDS = 60.0
# After a crash each letter that was reserved waits for a person, sent or not: so never more than one.
ONE_LETTER = 1
log = structlog.get_logger()


def drain(lane: Lane, *, is_stopping: Callable[[], bool], seconds: float = CLAIMING_SECONDS) -> None:
    """Send what is due in the lane. Where some is left after `seconds`, the lane is nudged again.

    A relay that is away leaves everything as it was: the next nudge or the sweep tries again, and nobody's mail fails
    for it (O-15).
    """
    deadline = time.monotonic() + seconds
    try:
        with _line(settings()) as line:
            _send_all(lane, line, lambda: time.monotonic() < deadline and not is_stopping())
    except RelayAway as away:
        log.warning("the relay is away", lane=lane.value, phase=away.phase.value, reason=str(away))
        return
    if not line.is_broken and not is_stopping() and _has_due(lane):
        with transaction():
            operations.nudge(lane)


def _send_all(lane: Lane, line: Line, may_go_on: Callable[[], bool]) -> None:
    chosen = settings()
    pace = Pace(ONE_LETTER if lane is Lane.LETTERS else chosen.window)
    while may_go_on() and not line.is_broken and _has_due(lane):
        line.open()
        started = boot_time()
        claims = _claim(lane, chosen)
        if not claims:
            return
        Batch(claims, line, pace, chosen, started).send(may_go_on)


def _claim(lane: Lane, chosen: Settings) -> list[Claimed]:
    with transaction():
        return ledger.claim(lane, most=chosen.claim_size, lease=chosen.lease, moment=clock.now())


def _has_due(lane: Lane) -> bool:
    with transaction():
        return ledger.has_due(lane, clock.now())


def _line(chosen: Settings) -> Line:
    name = parseaddr(chosen.mail_from)[1].rpartition("@")[2] or "localhost"
    patience = Patience(connect=chosen.smtp_connect_timeout, dot=chosen.smtp_timeout)
    return Line(parse_relay(chosen.smtp_url), name=name, patience=patience)
