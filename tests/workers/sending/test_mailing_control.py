"""A mailing that is held, let go and called back while it is on its way."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from actions.actors import OPERATOR, WORKER
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.extensions import db
from actions.lists.operations import subscribe
from actions.mailings import operations
from actions.mailings.models import Mailing, MailingState
from actions.transaction import transaction
from devserver.catcher import Catcher
from tests.factories.deliveries import beside
from tests.factories.mailings import draft_alert, launch
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber
from workers.sending.dispatch import drain

S = DeliveryState
READERS = 200


@pytest.fixture
def catcher(app: Flask) -> Iterator[Catcher]:
    with Catcher() as running:
        changed = {"smtp_url": f"{running.url}?connections=3", "window": 16}
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update=changed)
        yield running


@pytest.fixture
def mailing(catcher: Catcher) -> Mailing:
    make_organisation()
    updates = make_list()
    for number in range(READERS):
        make_subscriber(updates, f"p{number}@site{number % 9}.example")
    return launch(draft_alert(updates, make_page()))


@contextmanager
def worker(app: Flask) -> Iterator[None]:
    """One that is nudged all the time, as the sweep would do it."""
    over = threading.Event()

    def work() -> None:
        with app.app_context():
            while not over.is_set():
                drain(Lane.BULK, is_stopping=over.is_set, seconds=5)
                db.session.remove()
                over.wait(0.02)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def change(mailing: Mailing, how: Callable[..., object]) -> None:
    how(mailing, by=OPERATOR)
    db.session.commit()


def states() -> dict[DeliveryState, int]:
    db.session.rollback()
    return {row[0]: row[1] for row in db.session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))}


def await_sent(number: int) -> None:
    deadline = time.monotonic() + 60
    while states().get(S.SENT, 0) < number and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.mark.requirement("O-14")
def test_paused_and_resumed_twenty_times_each_reader_gets_it_once(
    app: Flask, mailing: Mailing, catcher: Catcher
) -> None:
    catcher.rules.delay = 0.01
    with worker(app):
        for _ in range(20):
            change(mailing, operations.pause)
            time.sleep(0.05)
            change(mailing, operations.resume)
            time.sleep(0.05)
        await_sent(READERS)
    assert states() == {S.SENT: READERS}
    assert set(Counter(mail.rcpt_to for mail in catcher.received).values()) == {1}
    assert len(catcher.received) == READERS
    assert operations.settle(mailing, by=WORKER)
    assert mailing.state is MailingState.SENT


@pytest.mark.requirement("O-14")
def test_a_pause_holds_back_within_five_seconds(app: Flask, mailing: Mailing, catcher: Catcher) -> None:
    catcher.rules.delay = 0.15
    with worker(app):
        await_sent(5)
        change(mailing, operations.pause)
        moment = datetime.now(UTC)
        time.sleep(6)
        sent = len(catcher.received)
        time.sleep(1)
    assert sent < READERS
    assert len(catcher.received) == sent
    assert max(mail.received_at for mail in catcher.received) < moment + timedelta(seconds=5)
    left = states()
    assert left[S.QUEUED] == READERS - sent
    assert left[S.SENT] == sent


@pytest.mark.requirement("O-14")
def test_a_cancelled_mailing_stays_cancelled(app: Flask, mailing: Mailing, catcher: Catcher) -> None:
    catcher.rules.delay = 0.05
    with worker(app):
        await_sent(5)
        change(mailing, operations.cancel)
        deadline = time.monotonic() + 20
        while set(states()) - {S.SENT, S.CANCELLED} and time.monotonic() < deadline:
            time.sleep(0.05)
    found = states()
    assert set(found) == {S.SENT, S.CANCELLED}
    assert found[S.SENT] == len(catcher.received)
    with pytest.raises(operations.WrongState):
        operations.resume(mailing, by=OPERATOR)


@pytest.mark.requirement("O-17", "O-16")
def test_fifty_sends_at_the_same_moment_reach_each_reader_once(app: Flask, catcher: Catcher) -> None:
    make_organisation()
    updates, page = make_list(), make_page()
    on_both = make_subscriber(updates, "both@example.org")
    subscribe(make_list("alerts").id, on_both.id, by=OPERATOR)
    db.session.commit()
    drafted = draft_alert(updates, page).id

    def press_send() -> bool:
        with transaction():
            return operations.launch(db.session.get_one(Mailing, drafted), by=OPERATOR)

    assert sorted(beside(app, *[press_send] * 50)) == [False] * 49 + [True]
    drain(Lane.BULK, is_stopping=lambda: False, seconds=20)
    assert [mail.rcpt_to for mail in catcher.await_mails(1)] == [("both@example.org",)]
    assert states() == {S.SENT: 1}
