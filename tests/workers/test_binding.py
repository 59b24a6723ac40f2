import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, current_app
from redis import Redis
from sqlalchemy import func, select

from actions.actors import VISITOR
from actions.clock import clock
from actions.config import Settings
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.deliveries.operations import nudge, queue
from actions.extensions import celery, db
from actions.transaction import transaction
from devserver.catcher import Catcher
from tests.factories.deliveries import let_leases_lapse, make_delivery
from tests.factories.emails import confirmation
from tests.factories.organisation import make_organisation
from tests.factories.supporters import make_supporter
from workers import binding
from workers.sweep import sweep

ROOT = Path(__file__).parents[2]
S = DeliveryState
GIVEN = (
    "database_url",
    "redis_url",
    "smtp_url",
    "base_url",
    "mail_from",
    "bounce_domain",
    "secret_keys",
    "encryption_keys",
    "media_dir",
    "clock_file",
)


@pytest.mark.requirement("O-01", "O-02")
def test_what_a_page_queued_is_sent_by_a_worker_of_its_own(served: Settings, catcher: Catcher) -> None:
    with running_worker(served):
        with transaction():
            queue(confirmation("en", "signup"), to=make_supporter(), lane=Lane.NOW, by=VISITOR)
        assert len(catcher.await_mails(1, seconds=30)) == 1
        await_states({S.SENT: 1})


@pytest.mark.requirement("O-10")
def test_a_worker_that_is_told_to_end_finishes_what_is_on_the_wire_and_gives_back_the_rest(
    served: Settings, catcher: Catcher
) -> None:
    catcher.rules.delay = 0.02
    fill(200)
    with running_worker(served) as worker:
        catcher.await_mails(10, seconds=30)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    assert states() == {S.SENT: len(catcher.received), S.QUEUED: 200 - len(catcher.received)}
    with running_worker(served):
        nudge_now()
        catcher.await_mails(200, seconds=60)
        await_states({S.SENT: 200})
    assert len(catcher.received) == 200


@pytest.mark.requirement("O-02", "O-08", "O-09", "B-18")
def test_after_a_kill_everybody_gets_it_and_at_most_those_in_flight_twice(served: Settings, catcher: Catcher) -> None:
    catcher.rules.delay = 0.01
    fill(120)
    for _ in range(2):
        with running_worker(served) as worker:
            nudge_now()
            before = len(catcher.received)
            catcher.await_mails(before + 20, seconds=30)
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(10)
        Redis.from_url(served.redis_url).flushdb()
        let_leases_lapse()
        sweep()
        clock.move(timedelta(minutes=2))
        sweep()
    with running_worker(served):
        nudge_now()
        await_states({S.SENT: 120}, seconds=60)
    copies = Counter(mail.mail_from for mail in catcher.received)
    assert len(copies) == 120
    assert sum(copies.values()) - 120 <= 2 * 25
    texts = {(mail.mail_from, mail.content) for mail in catcher.received}
    assert len(texts) == 120


def test_a_task_called_inside_an_app_keeps_its_context(app: Flask) -> None:
    @celery.task(name="tests.which_app", base=binding.AppTask)
    def which_app() -> bool:
        return current_app._get_current_object() is app  # type: ignore[attr-defined]  # noqa: SLF001  # Flask's way to see behind the proxy

    assert which_app()


def test_nobody_has_told_us_to_stop() -> None:
    assert not binding.is_stopping()


def fill(count: int) -> None:
    who = make_supporter()
    for _ in range(count):
        make_delivery(who)
    nudge_now()


def nudge_now() -> None:
    with transaction():
        nudge(Lane.NOW)


def states() -> dict[DeliveryState, int]:
    db.session.rollback()
    return {row[0]: row[1] for row in db.session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))}


def await_states(wanted: dict[DeliveryState, int], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while states() != wanted:
        assert time.monotonic() < deadline, states()
        time.sleep(0.1)


@contextmanager
def running_worker(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """As the Procfile starts it, in a process group of its own."""
    environment = {name.upper(): spelled(getattr(settings, name)) for name in GIVEN if getattr(settings, name)}
    command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "-Q", "now", "-c", "1", "--loglevel=error"]
    options = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with subprocess.Popen(
        [*command, *options], cwd=ROOT, env={**os.environ, **environment}, start_new_session=True
    ) as worker:
        try:
            yield worker
        finally:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGKILL)


def spelled(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


@pytest.fixture
def catcher(app: Flask) -> Iterator[Catcher]:
    make_organisation()
    with Catcher() as running:
        yield running


@pytest.fixture
def served(app: Flask, catcher: Catcher) -> Settings:
    """What a worker process runs on: the test's own database, Redis and catcher."""
    changed: Settings = app.config["SETTINGS"].model_copy(update={"smtp_url": catcher.url})
    app.config["SETTINGS"] = changed
    Redis.from_url(changed.redis_url).flushdb()
    return changed
