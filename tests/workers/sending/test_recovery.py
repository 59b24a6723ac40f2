from datetime import timedelta

import pytest
from flask import Flask

from actions import clock
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from tests.factories.deliveries import let_leases_lapse, make_delivery, state_of
from tests.factories.engine import claim, expire, follow, on_the_wire, requeue, reserve, settle
from tests.factories.supporters import make_supporter
from workers.sending.ledger import Verdict

S = DeliveryState
LEASE = timedelta(seconds=30)
LATER = timedelta(minutes=5)


def test_a_deferred_row_waits_until_it_is_due(app: Flask) -> None:
    delivery = make_delivery()
    claimed = on_the_wire(delivery)
    settle(Verdict(delivery.id, claimed.fence, S.DEFERRED, due_at=clock.now() + LATER, code=450, status="4.2.0"))
    assert requeue() == 0
    assert state_of(delivery).values is not None
    clock.clock.move(LATER)
    assert requeue() == 1
    (again,) = claim()
    assert (again.fence, again.attempts) == (2, 1)


@pytest.mark.requirement("O-08")
def test_after_a_crash_the_claimed_are_queued_and_the_transmitting_unknown(app: Flask) -> None:
    who = make_supporter()
    for _ in range(3):
        make_delivery(who)
    claimed = claim()
    reserve(claimed[:1])
    assert expire() == 0
    let_leases_lapse()
    assert expire() == 3
    assert [state_of(db.session.get_one(Delivery, row.id)).state for row in claimed] == [S.UNKNOWN, S.QUEUED, S.QUEUED]
    assert expire() == 0


@pytest.mark.requirement("O-08", "L-08")
def test_an_unknown_confirmation_is_tried_again_and_an_unknown_letter_waits(app: Flask) -> None:
    follow("probe", repeats_unknown=False)
    confirmation, letter = make_delivery(), make_delivery(kind="probe")
    reserve(claim())
    let_leases_lapse()
    expire()
    assert requeue() == 1
    assert state_of(confirmation).state is S.QUEUED
    assert state_of(letter).state is S.UNKNOWN
    assert state_of(letter).values is not None


def test_an_unknown_row_out_of_time_stays_unknown_for_good(app: Flask) -> None:
    told = follow("probe", repeats_unknown=True)
    delivery = make_delivery(kind="probe", give_up_at=clock.now())
    on_the_wire(delivery)
    let_leases_lapse()
    expire()
    assert told == []
    assert requeue() == 0
    row = state_of(delivery)
    assert (row.state, row.ended_at is None, row.values_sealed) == (S.UNKNOWN, False, None)
    assert told == [(delivery.id, S.UNKNOWN)]


@pytest.mark.requirement("L-08")
def test_an_answer_that_comes_late_settles_an_unknown_row(app: Flask) -> None:
    follow("probe", repeats_unknown=False)
    delivery = make_delivery(kind="probe")
    claimed = on_the_wire(delivery)
    let_leases_lapse()
    expire()
    assert settle(Verdict(delivery.id, claimed.fence, S.SENT, code=250)) == 1
    assert state_of(delivery).state is S.SENT


def test_a_late_refusal_puts_an_unknown_row_back(app: Flask) -> None:
    delivery = make_delivery()
    claimed = on_the_wire(delivery)
    let_leases_lapse()
    expire()
    due = clock.now() + LATER
    assert settle(Verdict(delivery.id, claimed.fence, S.DEFERRED, due_at=due, code=450)) == 1
    row = state_of(delivery)
    assert (row.state, row.due_at) == (S.QUEUED, due)


@pytest.mark.requirement("L-08")
def test_a_late_answer_may_end_a_letter_of_no_known_end_and_never_sends_it_again(app: Flask) -> None:
    told = follow("probe", repeats_unknown=False)
    who = make_supporter()
    for after in S:
        delivery = make_delivery(who, kind="probe", state=S.UNKNOWN, fence=1)
        settle(Verdict(delivery.id, 1, after, due_at=clock.now()))
        expected = after if after in {S.SENT, S.FAILED} else S.UNKNOWN
        assert state_of(delivery).state is expected, after
        assert requeue() == 0
    assert [state for _, state in told] == [state for state in S if state in {S.SENT, S.FAILED}]
