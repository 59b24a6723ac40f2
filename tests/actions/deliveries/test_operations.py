from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from actions import clock, outbox
from actions.actors import OPERATOR, VISITOR
from actions.deliveries import kinds, operations
from actions.deliveries.composing import read_values
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.deliveries.operations import (
    DRAIN,
    cancel,
    cancel_of_mailing,
    give_up_at,
    queue,
    queue_all,
    record_outcome,
    replace_values,
)
from actions.extensions import db
from tests.factories.deliveries import make_delivery, make_mailing, state_of
from tests.factories.emails import confirmation, letter_to_target, welcome
from tests.factories.engine import claim, follow, on_the_wire
from tests.factories.pages import make_target
from tests.factories.supporters import make_supporter

S = DeliveryState


@pytest.mark.requirement("O-01", "O-02")
def test_an_email_is_a_row_and_a_nudge_that_leaves_after_the_commit(app: Flask) -> None:
    who = make_supporter()
    delivery = queue(confirmation("en", "signup"), to=who, lane=Lane.NOW, about_id=7, by=VISITOR)
    assert (delivery.state, delivery.kind, delivery.supporter_id, delivery.about_id) == (
        S.QUEUED,
        "confirmation",
        who.id,
        7,
    )
    assert outbox.waiting() == [(DRAIN, ("now",), "now")]
    assert delivery.due_at == delivery.queued_at <= clock.now()


@pytest.mark.requirement("P-07")
def test_what_it_says_is_sealed(app: Flask) -> None:
    email = confirmation("en", "signup")
    delivery = queue(email, to=make_supporter(), lane=Lane.NOW, by=VISITOR)
    db.session.commit()
    stored = db.session.scalar(text("SELECT values_sealed FROM deliveries"))
    assert email.link.encode() not in stored
    assert read_values(state_of(delivery)).email == email


def test_one_that_is_due_later_waits_for_the_sweep(app: Flask) -> None:
    later = clock.now() + timedelta(minutes=15)
    delivery = queue(confirmation("en", "signup"), to=make_supporter(), lane=Lane.NOW, due_at=later, by=VISITOR)
    assert outbox.waiting() == []
    assert delivery.due_at == delivery.queued_at == later
    assert delivery.give_up_at == later + app.config["SETTINGS"].give_up_now


def test_a_letter_goes_to_its_target(app: Flask) -> None:
    target = make_target()
    delivery = queue(letter_to_target("en"), to=target, lane=Lane.LETTERS, by=VISITOR)
    assert (delivery.target_id, delivery.supporter_id, delivery.lane) == (target.id, None, Lane.LETTERS)


def test_many_letters_are_queued_at_once_each_sealed_in_its_own_row(app: Flask) -> None:
    first, second = (make_target(slug, email=f"{slug}@embassy.test") for slug in ("first", "second"))
    email = letter_to_target("en")
    queue_all([(email, first, 7), (email, second, 8)], lane=Lane.LETTERS, by=VISITOR)
    db.session.commit()
    made = db.session.scalars(select(Delivery).order_by(Delivery.id)).all()
    assert [(one.target_id, one.about_id, one.state) for one in made] == [
        (first.id, 7, S.QUEUED),
        (second.id, 8, S.QUEUED),
    ]
    assert [read_values(one).email for one in made] == [email, email]
    assert outbox.waiting() == [(DRAIN, ("letters",), "letters")]


@pytest.mark.requirement("B-62")
def test_a_confirmation_is_tried_for_a_day_or_two_and_a_newsletter_for_days(app: Flask) -> None:
    now = clock.now()
    assert timedelta(hours=24) <= give_up_at(Lane.NOW, now) - now <= timedelta(days=2)
    assert timedelta(days=4) <= give_up_at(Lane.BULK, now) - now <= timedelta(days=5)


def test_what_nobody_has_tried_to_send_can_say_something_else(app: Flask) -> None:
    delivery = make_delivery()
    longer = confirmation("en", "signup", "letter")
    assert replace_values(delivery, longer, by=VISITOR)
    db.session.commit()
    assert read_values(state_of(delivery)).email == longer


@pytest.mark.requirement("B-19")
@pytest.mark.parametrize("state", ["claimed", "transmitting", "tried before"])
def test_what_was_tried_or_is_being_sent_stays_as_it_is(app: Flask, state: str) -> None:
    delivery = make_delivery()
    if state == "claimed":
        claim()
    elif state == "transmitting":
        on_the_wire(delivery)
    else:
        db.session.execute(text("UPDATE deliveries SET attempts = 1"))
        db.session.commit()
    before = state_of(delivery).values_sealed
    assert not replace_values(delivery, confirmation("en", "letter"), by=VISITOR)
    db.session.commit()
    assert state_of(delivery).values_sealed == before


def test_one_kind_of_email_does_not_become_another(app: Flask) -> None:
    assert not replace_values(make_delivery(), welcome("en"), by=VISITOR)


def test_what_is_called_back_has_ended_and_says_nothing_any_more(app: Flask) -> None:
    delivery, other = make_delivery(), make_delivery()
    assert cancel([delivery.id], by=OPERATOR) == 1
    db.session.commit()
    row = state_of(delivery)
    assert (row.state, row.values_sealed, row.ended_at is None) == (S.CANCELLED, None, False)
    assert state_of(other).state is S.QUEUED
    assert cancel([delivery.id], by=OPERATOR) == 0
    assert cancel([], by=OPERATOR) == 0


@pytest.mark.requirement("O-14")
def test_a_mailing_is_called_back_whole(app: Flask) -> None:
    mailing = make_mailing()
    rows = [make_delivery(mailing_id=mailing.id, state=state) for state in (S.QUEUED, S.DEFERRED, S.SENT)]
    other = make_delivery(mailing_id=make_mailing().id)
    assert cancel_of_mailing(mailing.id, by=OPERATOR) == 2
    db.session.commit()
    assert [state_of(row).state for row in rows] == [S.CANCELLED, S.CANCELLED, S.SENT]
    assert state_of(other).state is S.QUEUED


@pytest.mark.requirement("L-08")
def test_a_person_settles_what_nobody_knows(app: Flask) -> None:
    told = follow("probe", repeats_unknown=False)
    delivery = make_delivery(kind="probe", state=S.UNKNOWN)
    assert record_outcome(delivery.id, S.SENT, by=OPERATOR)
    assert told == [(delivery.id, S.SENT)]
    assert state_of(delivery).state is S.UNKNOWN
    assert record_outcome(delivery.id, S.SENT, by=OPERATOR)
    db.session.commit()
    row = state_of(delivery)
    assert (row.state, row.values_sealed) == (S.SENT, None)
    assert not record_outcome(delivery.id, S.FAILED, by=OPERATOR)


def test_a_letter_that_a_person_sends_again_keeps_its_words(app: Flask) -> None:
    follow("probe", repeats_unknown=False)
    delivery: Delivery = make_delivery(kind="probe", state=S.UNKNOWN)
    assert record_outcome(delivery.id, S.QUEUED, by=OPERATOR)
    db.session.commit()
    row = state_of(delivery)
    assert (row.state, row.values is None) == (S.QUEUED, False)


@pytest.mark.requirement("O-07", "L-08")
def test_a_database_that_goes_away_in_the_middle_is_no_handler_s_fault(app: Flask) -> None:
    """The answers are still the caller's, who writes them down once it is back."""

    def cut_off(_: object, __: object) -> None:
        ours = db.session.scalar(text("SELECT pg_backend_pid()"))
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": ours})
        db.session.execute(text("SELECT 1"))

    kinds.register(kinds.Kind(name="probe", lane=Lane.NOW, compose=lambda _: {}, on_outcome=cut_off))
    delivery = make_delivery(kind="probe")
    with pytest.raises(OperationalError):
        operations.tell([delivery.id])
    db.session.rollback()
