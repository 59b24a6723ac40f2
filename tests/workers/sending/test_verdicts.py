from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from actions.config import settings
from actions.deliveries.models import DeliveryState, Lane
from workers.sending.ledger import Claimed
from workers.sending.outcomes import Deferred, Failed, NotDelivered, Outcome, Phase, Sent, Unknown
from workers.sending.verdicts import verdict_of

S = DeliveryState
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROW = Claimed(1, 3, "alert", NOW, NOW, NOW + timedelta(days=5), 0, None, Lane.BULK, "en")
LATE = Claimed(1, 3, "alert", NOW, NOW, NOW, 9, None, Lane.BULK, "en")


@pytest.mark.requirement("B-60", "O-07")
@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Sent(250, "2.0.0"), S.SENT),
        (Failed(550, "5.1.1"), S.FAILED),
        (Deferred(451, "4.7.1"), S.DEFERRED),
        (NotDelivered(Phase.DATA), S.DEFERRED),
        (Unknown(), S.UNKNOWN),
    ],
)
def test_each_answer_has_its_state(app: Flask, outcome: Outcome, state: DeliveryState) -> None:
    verdict = verdict_of(ROW, outcome, NOW, settings())
    assert (verdict.id, verdict.fence, verdict.state) == (1, 3, state)


@pytest.mark.requirement("B-62")
@pytest.mark.parametrize("outcome", [Deferred(451, "4.7.1"), NotDelivered(Phase.MAIL)])
def test_what_is_put_off_past_its_time_fails(app: Flask, outcome: Outcome) -> None:
    assert verdict_of(LATE, outcome, NOW, settings()).state is S.FAILED


@pytest.mark.requirement("B-62")
def test_a_retry_waits_longer_each_time(app: Flask) -> None:
    first = verdict_of(ROW, Deferred(451, None), NOW, settings()).due_at
    tenth = verdict_of(
        Claimed(1, 3, "alert", NOW, NOW, NOW + timedelta(days=5), 9, None, Lane.BULK, "en"),
        Deferred(451, None),
        NOW,
        settings(),
    )
    assert first is not None
    assert tenth.due_at is not None
    assert timedelta(minutes=5) <= first - NOW < tenth.due_at - NOW <= timedelta(hours=3)


@pytest.mark.requirement("O-15")
@pytest.mark.parametrize("outcome", [Deferred(530, "5.7.0"), Deferred(552, "5.3.4")])
def test_nobodys_mail_fails_for_a_fault_of_the_relay(app: Flask, outcome: Outcome) -> None:
    verdict = verdict_of(LATE, outcome, NOW, settings())
    assert (verdict.state, verdict.tries) == (S.QUEUED, -1)
