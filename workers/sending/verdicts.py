"""What an answer of SMTP means for its row."""

from datetime import datetime, timedelta

from actions.config import Settings
from actions.deliveries.models import DeliveryState
from workers.sending.ledger import Claimed, Verdict
from workers.sending.outcomes import Deferred, Failed, NotDelivered, Outcome, Sent, Unknown
from workers.sending.retries import next_try

S = DeliveryState


def verdict_of(claimed: Claimed, outcome: Outcome, moment: datetime, settings: Settings) -> Verdict:
    """A message that was put off past its time fails (B-62), except where the relay itself is at fault (O-15)."""
    due = next_try(claimed.attempts + 1, moment, first=settings.retry_first, longest=settings.retry_longest)
    match outcome:
        case Sent(code, status):
            return Verdict(claimed.id, claimed.fence, S.SENT, code=code, status=status)
        case Failed(code, status):
            return Verdict(claimed.id, claimed.fence, S.FAILED, code=code, status=status)
        case Unknown():
            return Verdict(claimed.id, claimed.fence, S.UNKNOWN, due_at=due)
        case Deferred(code, status) if outcome.is_about_relay:
            again = moment + min(settings.retry_first, timedelta(minutes=5))
            return Verdict(claimed.id, claimed.fence, S.QUEUED, due_at=again, code=code, status=status, tries=-1)
        case Deferred(code, status):
            return _put_off(claimed, moment, due, code, status)
        case NotDelivered():
            return _put_off(claimed, moment, due, None, None)


def _put_off(claimed: Claimed, moment: datetime, due: datetime, code: int | None, status: str | None) -> Verdict:
    if moment >= claimed.give_up_at:
        return Verdict(claimed.id, claimed.fence, S.FAILED, code=code, status=status)
    return Verdict(claimed.id, claimed.fence, S.DEFERRED, due_at=due, code=code, status=status)
