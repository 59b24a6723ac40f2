from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from actions import outbox
from actions.clock import clock
from actions.deliveries.models import DeliveryState, Lane
from actions.deliveries.operations import DRAIN
from actions.extensions import db
from tests.factories.deliveries import beside, let_leases_lapse, make_delivery, state_of
from tests.factories.engine import claim, on_the_wire
from workers.sweep import ONE_SWEEP, sweep

S = DeliveryState


@pytest.mark.requirement("O-02", "O-12")
def test_every_lane_with_something_due_is_woken(app: Flask, sent_nudges: list[outbox.Nudge]) -> None:
    make_delivery()
    make_delivery(lane=Lane.LETTERS)
    make_delivery(lane=Lane.BULK, due_at=clock.now() + timedelta(hours=1))
    sweep()
    assert sent_nudges == [(DRAIN, ("now",), "now"), (DRAIN, ("letters",), "letters")]


@pytest.mark.requirement("O-08", "O-12")
def test_what_a_dead_worker_held_comes_back(app: Flask) -> None:
    delivery = make_delivery()
    claim()
    let_leases_lapse()
    sweep()
    assert state_of(delivery).state is S.QUEUED


@pytest.mark.requirement("O-08")
def test_what_a_dead_worker_was_sending_rests_before_it_is_sent_again(app: Flask) -> None:
    delivery = make_delivery()
    on_the_wire(delivery)
    let_leases_lapse()
    sweep()
    assert state_of(delivery).state is S.UNKNOWN
    clock.move(timedelta(minutes=2))
    sweep()
    assert state_of(delivery).state is S.QUEUED


@pytest.mark.requirement("O-12")
def test_only_one_sweeps_at_a_time_and_twice_is_harmless(app: Flask, sent_nudges: list[outbox.Nudge]) -> None:
    make_delivery()
    db.session.execute(select(func.pg_advisory_xact_lock(ONE_SWEEP)))
    beside(app, sweep)
    assert sent_nudges == []
    db.session.rollback()
    sweep()
    sweep()
    assert sent_nudges == [(DRAIN, ("now",), "now")] * 2


@pytest.fixture
def sent_nudges(monkeypatch: pytest.MonkeyPatch) -> list[outbox.Nudge]:
    """What would be put into the broker."""
    sent: list[outbox.Nudge] = []
    monkeypatch.setattr(outbox, "send", lambda task, *ids, lane: sent.append((task, ids, lane)))
    return sent
