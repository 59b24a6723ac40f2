from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from actions import outbox
from actions.clock import clock
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.deliveries.operations import DRAIN
from actions.extensions import db
from devserver.catcher import Catcher
from tests.factories.deliveries import make_delivery, state_of
from tests.factories.organisation import make_organisation
from tests.factories.relay import running_relay
from tests.factories.supporters import make_supporter
from workers.sending.dispatch import drain
from workers.sweep import sweep

S = DeliveryState


def send(lane: Lane = Lane.NOW, seconds: float = 30) -> None:
    drain(lane, is_stopping=lambda: False, seconds=seconds)


def states() -> dict[DeliveryState, int]:
    db.session.rollback()
    return {row[0]: row[1] for row in db.session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))}


@pytest.mark.requirement("O-06", "B-50")
def test_what_is_due_arrives_and_is_recorded(app: Flask, catcher: Catcher) -> None:
    delivery = make_delivery(make_supporter("reader@example.org"))
    send()
    (mail,) = catcher.await_mails(1)
    assert mail.rcpt_to == ("reader@example.org",)
    assert mail.mail_from.endswith("@bounce.open-door.test")
    row = state_of(delivery)
    assert (row.state, row.reply_code, row.values_sealed) == (S.SENT, 250, None)


def test_several_batches_and_windows_arrive_once_each(app: Flask, catcher: Catcher) -> None:
    change_settings(app, claim_size=30, window=8)
    who = make_supporter()
    for _ in range(100):
        make_delivery(who)
    send()
    mails = catcher.await_mails(100)
    assert len({mail.mail_from for mail in mails}) == len(mails) == 100
    assert states() == {S.SENT: 100}


@pytest.mark.requirement("O-13", "B-60")
def test_each_recipient_gets_the_answer_that_is_theirs(app: Flask, catcher: Catcher) -> None:
    rows = {name: make_delivery(make_supporter(f"{name}@example.org")) for name in ("fine", "later", "gone")}
    catcher.rules.recipients = {"later@example.org": "450 4.2.1 Later", "gone@example.org": "550 5.1.1 Gone"}
    send()
    found = {name: state_of(row) for name, row in rows.items()}
    assert {name: row.state for name, row in found.items()} == {"fine": S.SENT, "later": S.DEFERRED, "gone": S.FAILED}
    assert (found["gone"].reply_code, found["gone"].reply_status) == (550, "5.1.1")
    assert timedelta(minutes=5) <= found["later"].due_at - clock.now() + timedelta(seconds=5)


@pytest.mark.requirement("B-62", "B-63", "B-18", "B-19")
def test_a_greylisted_message_comes_again_as_the_same_bytes_from_the_same_sender(app: Flask, catcher: Catcher) -> None:
    delivery = make_delivery(make_supporter("reader@example.org"))
    catcher.rules.data = "451 4.7.1 Greylisted"
    send()
    first = state_of(delivery).state
    catcher.rules.data = None
    clock.move(timedelta(minutes=10))
    sweep_and_send()
    (mail,) = catcher.await_mails(1)
    assert (first, state_of(delivery).state, state_of(delivery).attempts) == (S.DEFERRED, S.SENT, 2)
    assert mail.mail_from


@pytest.mark.requirement("O-08", "B-18", "B-19")
def test_a_copy_of_an_unknown_message_is_the_same_bytes(app: Flask, catcher: Catcher) -> None:
    delivery = make_delivery(make_supporter("reader@example.org"))
    catcher.rules.drop_after_dot = True
    send()
    assert state_of(delivery).state is S.UNKNOWN
    catcher.rules.drop_after_dot = False
    clock.move(timedelta(hours=1))
    sweep_and_send()
    first, second = catcher.await_mails(2)
    assert (first.content, first.mail_from) == (second.content, second.mail_from)
    assert state_of(delivery).state is S.SENT


@pytest.mark.requirement("O-07")
def test_a_connection_lost_before_the_dot_is_only_put_off(app: Flask) -> None:
    make_delivery()
    with running_relay(data=b"") as relay:
        change_settings(app, smtp_url=relay.url)
        send()
    assert states() == {S.DEFERRED: 1}


@pytest.mark.requirement("O-15")
def test_a_relay_that_is_away_for_a_day_loses_and_fails_nothing(app: Flask, catcher: Catcher) -> None:
    who = make_supporter()
    for _ in range(5):
        make_delivery(who)
    catcher.stop()
    for _ in range(6):
        sweep_and_send()
        clock.move(timedelta(hours=5))
    assert states() == {S.QUEUED: 5}
    catcher.start()
    sweep_and_send()
    assert len(catcher.await_mails(5)) == 5
    assert states() == {S.SENT: 5}


@pytest.mark.requirement("O-15")
@pytest.mark.parametrize("step", ["CONNECT", "EHLO", "MAIL"])
def test_a_relay_that_hangs_up_each_time_is_left_alone_for_now(app: Flask, step: str) -> None:
    who = make_supporter()
    for _ in range(20):
        make_delivery(who)
    with running_relay(**{step: b"421 4.3.2 Not now\r\n"}) as relay:
        change_settings(app, smtp_url=relay.url)
        send()
        assert relay.connections <= 8
    assert set(states()) <= {S.QUEUED, S.DEFERRED}


def test_a_relay_that_takes_a_few_messages_a_connection_gets_them_all(app: Flask) -> None:
    who = make_supporter()
    for _ in range(10):
        make_delivery(who)
    with running_relay(mail=b"421 4.7.0 Enough\r\n") as relay:
        relay.after = 3
        change_settings(app, smtp_url=f"{relay.url}&connections=1")
        send()
        assert (len(relay.messages), relay.connections) == (10, 4)
    assert states() == {S.SENT: 10}


@pytest.mark.requirement("B-62")
def test_a_message_put_off_past_its_time_fails_and_says_why(app: Flask, catcher: Catcher) -> None:
    delivery = make_delivery(give_up_at=clock.now())
    catcher.rules.data = "452 4.2.2 Full"
    send()
    row = state_of(delivery)
    assert (row.state, row.reply_code, row.reply_status) == (S.FAILED, 452, "4.2.2")


@pytest.mark.requirement("B-35")
def test_an_address_that_the_relay_cannot_take_fails_visibly(app: Flask) -> None:
    delivery = make_delivery(make_supporter("ស្រី@example.org"))
    with Catcher(smtputf8=False) as catcher:
        change_settings(app, smtp_url=catcher.url)
        send()
        assert catcher.received == []
    row = state_of(delivery)
    assert (row.state, row.reply_status) == (S.FAILED, "5.6.7")


@pytest.mark.requirement("O-10")
def test_a_worker_that_is_told_to_stop_gives_back_what_it_has_not_sent(app: Flask, catcher: Catcher) -> None:
    who = make_supporter()
    for _ in range(40):
        make_delivery(who)
    drain(Lane.NOW, is_stopping=lambda: len(catcher.received) >= 5)
    assert states() == {S.SENT: len(catcher.received), S.QUEUED: 40 - len(catcher.received)}
    assert len(catcher.received) < 20
    assert db.session.scalar(select(func.max(Delivery.attempts)).where(Delivery.state == S.QUEUED)) == 0
    assert outbox.waiting() == []


@pytest.mark.requirement("O-11")
def test_a_lane_that_is_not_empty_when_the_time_is_up_is_nudged_again(
    app: Flask, catcher: Catcher, sent_nudges: list[outbox.Nudge]
) -> None:
    for _ in range(3):
        make_delivery()
    sent_nudges.clear()
    send(seconds=0)
    assert sent_nudges == [(DRAIN, ("now",), "now")]
    assert catcher.received == []


@pytest.mark.requirement("L-08", "O-08")
@pytest.mark.parametrize("step", ["CONNECT", "EHLO"])
def test_a_letter_stays_in_the_queue_until_there_is_a_connection_for_it(app: Flask, step: str) -> None:
    """After a crash it then needs no person; any other mail is sent again anyway, and does not wait so long."""
    letter, other = make_delivery(lane=Lane.LETTERS), make_delivery(lane=Lane.NOW)
    assert [while_held(app, row, row.lane, step) for row in (letter, other)] == [S.QUEUED, S.TRANSMITTING]
    assert states() == {S.SENT: 2}


def while_held(app: Flask, row: Delivery, lane: Lane, step: str) -> DeliveryState:
    """The state of `row` while the relay does not answer at that step; it answers after that."""

    def work() -> None:
        with app.app_context():
            send(lane)

    with running_relay() as relay, ThreadPoolExecutor(1) as thread:
        relay.hold_at = step
        change_settings(app, smtp_url=relay.url)
        sending = thread.submit(work)
        try:
            assert relay.held.wait(20)
            db.session.rollback()
            return state_of(row).state
        finally:
            relay.go_on.set()
            sending.result()


def test_an_empty_lane_opens_no_connection(app: Flask) -> None:
    make_delivery(lane=Lane.BULK)
    with running_relay() as relay:
        change_settings(app, smtp_url=relay.url)
        send(Lane.NOW)
        assert relay.connections == 0


def sweep_and_send() -> None:
    sweep()
    send()


@pytest.fixture(autouse=True)
def organisation(app: Flask) -> None:
    make_organisation()


def change_settings(app: Flask, **changes: object) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update=changes)


@pytest.fixture
def catcher(app: Flask) -> Iterator[Catcher]:
    with Catcher() as running:
        change_settings(app, smtp_url=running.url)
        yield running


@pytest.fixture
def sent_nudges(monkeypatch: pytest.MonkeyPatch) -> list[outbox.Nudge]:
    """What would be put into the broker."""
    sent: list[outbox.Nudge] = []
    monkeypatch.setattr(outbox, "send", lambda task, *ids, lane: sent.append((task, ids, lane)))
    return sent
