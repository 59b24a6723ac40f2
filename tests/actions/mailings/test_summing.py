from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from actions import clock
from actions.actors import OPERATOR
from actions.clock import clock as the_clock
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from actions.mailings import operations, queries, results, summing, tallies
from actions.mailings.models import Mailing, MailingState, MailingTally
from actions.mailings.summing import sum_up
from tests.factories.deliveries import beside, make_mailing
from tests.factories.mailings import draft_alert, launch, rows_of
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter


def test_the_numbers_of_a_mailing_stay_when_its_rows_are_forgotten(app: Flask) -> None:
    mailing = make_mailing()
    for number in range(4):
        person = make_supporter(f"p{number}@site-{number % 2}.test")
        now = clock.now()
        row = Delivery(
            lane="bulk",
            kind="newsletter",
            language="en",
            supporter_id=person.id,
            mailing_id=mailing.id,
            queued_at=now,
            due_at=now,
            give_up_at=now,
            ended_at=now,
            state=DeliveryState.FAILED if number == 3 else DeliveryState.SENT,
            reply_code=550 if number == 3 else 250,
        )
        db.session.add(row)
    mailing.state, mailing.audience = MailingState.SENT, 4
    db.session.flush()
    before = numbers_of(mailing)
    sum_up(mailing)
    db.session.commit()
    assert numbers_of(mailing) == before
    db.session.execute(delete(Delivery).where(Delivery.mailing_id == mailing.id))
    db.session.commit()
    db.session.expire_all()
    assert numbers_of(mailing) == before
    assert summing.tally_of(mailing).states == {DeliveryState.SENT: 3, DeliveryState.FAILED: 1}


@pytest.fixture
def large(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Mailing:
    """Of three readers, where two are many: one got it."""
    monkeypatch.setattr(tallies, "LARGE", 2)
    make_organisation()
    updates = make_list()
    for number in range(3):
        make_subscriber(updates, f"p{number}@example.org")
    mailing = launch(draft_alert(updates, make_page()))
    end(mailing, 1)
    return mailing


def end(mailing: Mailing, number: int) -> None:
    for row in rows_of(mailing)[:number]:
        row.state, row.ended_at = DeliveryState.SENT, clock.now()
    db.session.commit()


def counted_again(mailing: Mailing) -> bool:
    counted = summing.count_if_due(mailing)
    db.session.commit()
    return counted


def test_a_large_one_is_shown_as_it_was_counted_and_its_truth_stays_in_the_rows(large: Mailing) -> None:
    launched = summing.shown_tally(large)
    assert (launched.states, launched.counted_at) == ({DeliveryState.QUEUED: 3}, large.launched_at)
    assert counted_again(large)
    end(large, 2)
    shown = summing.shown_tally(large)
    assert (shown.states[DeliveryState.SENT], shown.counted_at) == (1, kept(large).counted_at)
    assert summing.tally_of(large).states[DeliveryState.SENT] == 2


def test_the_next_count_waits_for_ten_times_what_the_last_one_took(large: Mailing) -> None:
    counted_again(large)
    kept(large).seconds = 60.0
    db.session.commit()
    the_clock.move(timedelta(minutes=9))
    assert not counted_again(large)
    the_clock.move(timedelta(minutes=2))
    assert counted_again(large)


def test_a_paused_one_is_counted_once_a_minute_when_nothing_of_it_is_on_the_wire(large: Mailing) -> None:
    (row, *_) = rows_of(large)[1:]
    row.state = DeliveryState.TRANSMITTING
    operations.pause(large, by=OPERATOR)
    db.session.commit()
    assert queries.to_be_counted() == [large]
    counted_again(large)
    the_clock.move(timedelta(seconds=20))
    end(large, 2)
    assert counted_again(large)
    the_clock.move(timedelta(seconds=50))
    assert not counted_again(large)
    the_clock.move(timedelta(seconds=11))
    assert counted_again(large)


def test_two_workers_do_not_count_at_the_same_time(app: Flask, large: Mailing) -> None:
    db.session.execute(select(func.pg_advisory_xact_lock(summing.LOCK)))
    (counted,) = beside(app, lambda: summing.count_if_due(db.session.get_one(Mailing, large.id)))
    assert not counted


def test_a_small_one_is_not_kept(large: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallies, "LARGE", 3)
    assert not counted_again(large)
    assert summing.shown_tally(large).counted_at is None


def test_when_it_ends_its_numbers_are_exact_and_what_was_kept_goes(large: Mailing) -> None:
    counted_again(large)
    end(large, 3)
    assert operations.settle(large, by=OPERATOR)
    assert summing.shown_tally(large).states == {DeliveryState.SENT: 3}
    assert db.session.scalars(select(MailingTally)).all() == []


def kept(mailing: Mailing) -> MailingTally:
    return db.session.scalars(select(MailingTally).where(MailingTally.mailing_id == mailing.id)).one()


def numbers_of(mailing: Mailing) -> tuple[object, ...]:
    tally = summing.shown_tally(mailing)
    return (results.views(mailing, tally), tally.sites, tally.reasons)
