import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from actions.config import settings
from actions.deliveries.models import DeliveryState, Lane
from actions.extensions import db
from tests.factories.deliveries import beside, let_leases_lapse, make_delivery, state_of
from tests.factories.engine import expire, requeue
from tests.factories.organisation import make_organisation
from tests.factories.supporters import make_supporter
from workers.sending.books import Answer, Books
from workers.sending.outcomes import Sent
from workers.sending.relay import Relay, Tls

S = DeliveryState
SENT = Sent(250, None)


@pytest.fixture(autouse=True)
def organisation(app: Flask) -> None:
    make_organisation()


def open_books(
    may_claim: Callable[[], bool] = lambda: True, *, rate: float | None = None, folder: Path | None = None
) -> Books:
    chosen = settings().model_copy(update={"sending_log": folder})
    return Books(Lane.NOW, chosen, Relay("relay.test", 25, Tls.NONE, rate=rate), may_claim)


def sent(books: Books, wanted: int = 0) -> list[int]:
    """One turn that records everything it gets as sent; the ids."""
    ready = books.turn([], wanted)
    books.turn([Answer(one.claimed, SENT) for one in ready], 0)
    return [one.claimed.id for one in ready]


@pytest.mark.requirement("O-06")
def test_what_may_be_sent_is_transmitting_and_committed(app: Flask) -> None:
    rows = [make_delivery() for _ in range(3)]
    books = open_books()
    ready = books.turn([], 2)
    assert [one.claimed.id for one in ready] == [row.id for row in rows[:2]]
    assert [state_of(row).state for row in rows] == [S.TRANSMITTING, S.TRANSMITTING, S.CLAIMED]
    assert ready[0].message.content.startswith(b"From: ")


def test_answers_and_the_next_messages_are_one_turn(app: Flask) -> None:
    rows = [make_delivery() for _ in range(2)]
    books = open_books()
    (first,) = books.turn([], 1)
    (second,) = books.turn([Answer(first.claimed, SENT)], 1)
    assert second.claimed.id == rows[1].id
    assert [state_of(row).state for row in rows] == [S.SENT, S.TRANSMITTING]
    assert books.is_dry


@pytest.mark.requirement("O-10")
def test_closing_gives_back_what_was_not_sent(app: Flask) -> None:
    rows = [make_delivery() for _ in range(3)]
    books = open_books()
    first, second = books.turn([], 2)
    books.close([Answer(first.claimed, SENT), Answer(second.claimed, None)])
    assert [state_of(row).state for row in rows] == [S.SENT, S.QUEUED, S.QUEUED]
    assert [state_of(row).attempts for row in rows] == [1, 0, 0]


@pytest.mark.requirement("O-07", "L-08")
def test_what_was_handed_over_and_never_answered_for_does_not_go_again(app: Flask) -> None:
    """Whatever went wrong in between: it may have arrived."""
    rows = [make_delivery() for _ in range(2)]
    books = open_books()
    books.turn([], 1)
    books.close([])
    assert [state_of(row).state for row in rows] == [S.TRANSMITTING, S.QUEUED]


def test_nothing_is_claimed_when_the_time_is_up(app: Flask) -> None:
    row = make_delivery()
    assert open_books(lambda: False).turn([], 5) == []
    assert state_of(row).state is S.QUEUED


def test_a_message_that_cannot_be_made_is_settled_and_the_others_go(app: Flask) -> None:
    bad, good = make_delivery(make_supporter("bad@example.org")), make_delivery()
    db.session.execute(text("UPDATE deliveries SET values_sealed = NULL WHERE id = :id"), {"id": bad.id})
    db.session.commit()
    assert sent(open_books(), 5) == [good.id]
    assert state_of(bad).state is S.QUEUED
    assert state_of(bad).attempts == 1


@pytest.mark.requirement("B-64")
def test_a_rate_holds_messages_back_without_counting_a_try(app: Flask) -> None:
    rows = [make_delivery() for _ in range(40)]
    books = open_books(rate=4.0)
    went = sent(books, 40)
    books.close([])
    assert 0 < len(went) < 40
    waiting = [state_of(row) for row in rows if row.id not in went]
    assert {row.state for row in waiting} == {S.QUEUED}
    assert {row.attempts for row in waiting} == {0}


@pytest.mark.requirement("O-05")
def test_rows_that_somebody_else_has_taken_over_are_not_safe_to_send(app: Flask) -> None:
    make_delivery()
    books = open_books()
    (ready,) = books.turn([], 1)
    let_leases_lapse()
    assert expire() == 1
    requeue()
    books.lease._since -= settings().lease.total_seconds() / 2  # noqa: SLF001  # time to renew
    books.turn([], 0)
    assert not books.lease.is_safe()
    books.close([Answer(ready.claimed, None)])
    assert state_of(ready.claimed).state in {S.UNKNOWN, S.QUEUED}


@pytest.mark.requirement("O-06")
def test_answers_wait_for_a_database_that_restarts(app: Flask) -> None:
    row = make_delivery()
    books = open_books()
    (ready,) = books.turn([], 1)
    gone = threading.Event()

    def record() -> None:
        assert gone.wait(20)
        books.turn([Answer(ready.claimed, SENT)], 0)

    def cut_connections() -> None:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        db.session.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))  # noqa: S608  # our own words
        db.session.commit()
        gone.set()

    beside(app, record, cut_connections)
    assert state_of(row).state is S.SENT


def test_the_log_says_what_was_recorded(app: Flask, tmp_path: Path) -> None:
    row = make_delivery()
    sent(open_books(folder=tmp_path), 1)
    (log,) = tmp_path.iterdir()
    assert log.read_text() == f"rec {row.id} sent\n"
