import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from actions import clock
from actions.config import Settings
from actions.deliveries.models import DeliveryState, Lane
from actions.extensions import db
from actions.transaction import transaction
from tests.factories.deliveries import beside, make_delivery, state_of
from tests.factories.engine import expire, requeue
from tests.factories.organisation import make_organisation
from tests.factories.relay import ScriptedRelay, running_relay
from workers.sending import ledger
from workers.sending.batch import Batch, Pace
from workers.sending.lease import boot_time
from workers.sending.line import Line
from workers.sending.relay import parse_relay
from workers.sending.smtp import Patience

S = DeliveryState
QUICK = Patience(connect=2, command=20, data=2, block=2, dot=20, quit=0.2)


def test_a_window_grows_to_what_fits_a_second_and_shrinks_with_a_slow_relay() -> None:
    pace = Pace(128)
    assert pace.size == 16
    for size in (32, 64, 128, 128):
        pace.learn(pace.size, 0.01)
        assert pace.size == size
    pace.learn(10, 5.0)
    assert pace.size == 2
    pace.learn(0, 1.0)
    assert pace.size == 1


@pytest.mark.requirement("O-05", "O-09")
def test_a_worker_that_was_stopped_past_its_lease_sends_no_second_copy(app: Flask, relay: ScriptedRelay) -> None:
    """As SIGSTOP just before the text, while another worker takes over, and then SIGCONT."""
    delivery = make_delivery()
    relay.hold_at = "RCPT"
    short = app.config["SETTINGS"].model_copy(update={"lease": timedelta(seconds=4)})

    def stopped() -> None:
        send_batch(relay, short)

    def other() -> None:
        assert relay.held.wait(20)
        relay.hold_at = ""
        deadline = time.monotonic() + 15
        while expire() == 0:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        requeue()
        send_batch(relay, app.config["SETTINGS"])
        relay.go_on.set()

    beside(app, stopped, other)
    assert len(relay.messages) == 1
    assert state_of(delivery).state is S.SENT


@pytest.mark.requirement("O-06")
def test_answers_wait_for_a_database_that_restarts(app: Flask, relay: ScriptedRelay) -> None:
    delivery = make_delivery()
    relay.hold_at = "DOT"
    cut = threading.Event()

    def cut_connections() -> None:
        assert relay.held.wait(20)
        with transaction():
            db.session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        cut.set()
        relay.go_on.set()

    beside(app, lambda: send_batch(relay, app.config["SETTINGS"]), cut_connections)
    assert cut.is_set()
    assert state_of(delivery).state is S.SENT


def send_batch(relay: ScriptedRelay, settings: Settings) -> None:
    started = boot_time()
    claims = ledger.claim(Lane.NOW, most=10, lease=settings.lease, moment=clock.now())
    db.session.commit()
    with Line(parse_relay(relay.url), name="mail.open-door.test", patience=QUICK) as line:
        Batch(claims, line, Pace(8), settings, started).send(lambda: True)


@pytest.fixture
def relay(app: Flask) -> Iterator[ScriptedRelay]:
    make_organisation()
    with running_relay() as running:
        yield running
