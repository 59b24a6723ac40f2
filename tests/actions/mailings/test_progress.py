from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions import clock
from actions.actors import OPERATOR
from actions.clock import clock as the_clock
from actions.deliveries.models import DeliveryState
from actions.mailings import operations, progress
from actions.mailings.models import Mailing
from tests.factories.mailings import draft_alert, launch, rows_of
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber

Db = scoped_session[Session]
Set = Callable[..., None]


@pytest.fixture
def mailing(app: Flask) -> Mailing:
    make_organisation()
    updates = make_list()
    for number in range(4):
        make_subscriber(updates, f"p{number}@example.org")
    return launch(draft_alert(updates, make_page()))


@pytest.fixture
def becomes(mailing: Mailing, session: Db) -> Set:
    """Set the states of the mailing's rows, in their order; what has ended has ended now."""

    def become(*states: DeliveryState, **values: Any) -> None:
        for row, state in zip(rows_of(mailing), states, strict=False):
            row.state = state
            ended = state in {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.SUPPRESSED}
            row.ended_at = clock.now() if ended else None
            for name, value in values.items():
                setattr(row, name, value)
        session.commit()

    return become


S = DeliveryState


@pytest.mark.requirement("O-13")
def test_rate_and_expected_end_come_from_the_rows(mailing: Mailing, becomes: Set) -> None:
    becomes(S.SENT, S.SENT, S.FAILED)
    now = progress.status(mailing)
    assert now.tally.states == {S.SENT: 2, S.FAILED: 1, S.QUEUED: 1}
    assert now.per_second == pytest.approx(3 / 60)
    assert now.expected_end is not None
    assert timedelta(seconds=15) < now.expected_end - clock.now() <= timedelta(seconds=20)
    assert now.sentence == "1 of 4 are still to go."


@pytest.mark.requirement("O-13")
def test_what_was_put_off_is_said_with_the_answer_and_the_next_try(mailing: Mailing, becomes: Set) -> None:
    later = clock.now() + timedelta(minutes=30)
    becomes(*[S.DEFERRED] * 4, reply_code=451, reply_status="4.7.1", due_at=later)
    said = progress.status(mailing).sentence
    assert f"4 were put off by the receiving side (mostly 4.7.1); next try at {later:%H:%M} UTC." in said


@pytest.mark.requirement("O-13")
def test_rows_without_a_clear_answer_are_not_over(mailing: Mailing, becomes: Set) -> None:
    becomes(S.UNKNOWN, S.SENT, S.SENT, S.SENT)
    now = progress.status(mailing)
    assert "1 got no clear answer; they are tried again" in now.sentence
    assert operations.settle(mailing, by=OPERATOR) is False


@pytest.mark.requirement("O-13")
def test_it_says_when_nothing_moves(mailing: Mailing) -> None:
    assert "none has moved" not in progress.status(mailing).sentence
    the_clock.move(timedelta(minutes=5))
    assert "4 wait and none has moved for a minute" in progress.status(mailing).sentence


@pytest.mark.requirement("O-13")
def test_it_says_when_the_counts_do_not_agree(mailing: Mailing) -> None:
    mailing.audience = 5
    assert progress.status(mailing).sentence.startswith("Its rows do not add up: 4 of an audience of 5.")


def test_each_state_has_its_sentence(mailing: Mailing, becomes: Set) -> None:
    operations.pause(mailing, by=OPERATOR)
    assert progress.status(mailing).sentence == "It is paused: 4 wait until somebody resumes it."
    operations.resume(mailing, by=OPERATOR)
    becomes(S.SENT, S.SENT, S.FAILED, S.SUPPRESSED)
    assert "Every row has ended (2 sent, 1 failed, 1 suppressed)" in progress.status(mailing).sentence
    operations.settle(mailing, by=OPERATOR)
    assert progress.status(mailing).sentence == "It is over: 2 sent, 1 failed, 1 suppressed."


def test_a_cancelled_one_says_what_had_gone_and_what_is_going(mailing: Mailing, becomes: Set) -> None:
    becomes(S.SENT, S.TRANSMITTING)
    operations.cancel(mailing, by=OPERATOR)
    said = progress.status(mailing).sentence
    assert said == "It was cancelled after 1 had gone out. 1 are on the wire at this moment."


def test_a_draft_has_not_started(mailing: Mailing) -> None:
    draft = operations.draft_mailing(mailing.kind, key="draft", words=[], by=OPERATOR)
    assert progress.status(draft).sentence == "It has not started."


def test_the_expected_end_follows_the_last_mailing_and_what_waits(mailing: Mailing, becomes: Set) -> None:
    waiting_first = 4 / progress.CAUTIOUS_RATE
    assert (progress.expected_end(20) - clock.now()).total_seconds() == pytest.approx(1 + waiting_first, abs=0.2)
    becomes(*[S.SENT] * 4)
    the_clock.move(timedelta(seconds=40))
    operations.settle(mailing, by=OPERATOR)
    assert progress.usual_rate() == pytest.approx(0.1, rel=0.1)
    assert (progress.expected_end(10) - clock.now()).total_seconds() == pytest.approx(100, rel=0.1)
