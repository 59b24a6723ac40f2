from datetime import timedelta

from flask import Flask

from actions import clock
from actions.deliveries.models import DeliveryState, Lane
from actions.deliveries.queries import about, is_crowded, lanes_with_due, oldest_due, states_of_mailing
from tests.factories.deliveries import make_delivery, make_mailing

S = DeliveryState


def test_all_emails_about_one_thing(app: Flask) -> None:
    first, second = make_delivery(about_id=7), make_delivery(about_id=7)
    make_delivery(about_id=8)
    make_delivery(about_id=7, kind="probe")
    assert [row.id for row in about("confirmation", 7)] == [first.id, second.id]


def test_a_mailing_is_counted_by_state(app: Flask) -> None:
    mailing = make_mailing()
    for state in (S.SENT, S.SENT, S.FAILED):
        make_delivery(mailing_id=mailing.id, state=state)
    make_delivery(mailing_id=make_mailing().id)
    assert states_of_mailing(mailing.id) == {S.SENT: 2, S.FAILED: 1}


def test_a_lane_is_due_from_its_oldest_row_on(app: Flask) -> None:
    now = clock.now()
    make_delivery(due_at=now - timedelta(minutes=1))
    make_delivery(due_at=now - timedelta(minutes=9))
    make_delivery(due_at=now - timedelta(hours=1), state=S.SENT)
    make_delivery(lane=Lane.BULK, due_at=now + timedelta(minutes=1))
    assert lanes_with_due(now) == [Lane.NOW]
    assert oldest_due(Lane.NOW, now) == now - timedelta(minutes=9)
    assert oldest_due(Lane.BULK, now) is None
    assert lanes_with_due(now + timedelta(minutes=1)) == [Lane.NOW, Lane.BULK]


def test_a_lane_is_crowded_by_what_waits_for_its_turn_now(app: Flask) -> None:
    for _ in range(3):
        make_delivery(lane=Lane.NOW)
    make_delivery(lane=Lane.NOW, due_at=clock.now() + timedelta(minutes=1))
    make_delivery(lane=Lane.NOW, state=S.SENT)
    make_delivery(lane=Lane.BULK)
    assert [is_crowded(Lane.NOW, most) for most in (2, 3)] == [True, False]
