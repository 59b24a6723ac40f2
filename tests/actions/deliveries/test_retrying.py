from datetime import timedelta

import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.clock import clock
from actions.deliveries import retrying
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from tests.factories.deliveries import make_delivery, make_mailing, state_of

S = DeliveryState


def failed(mailing_id: int, code: int | None, status: str | None, state: S = S.FAILED) -> Delivery:
    ended = clock.now()
    return make_delivery(
        mailing_id=mailing_id, state=state, reply_code=code, reply_status=status, ended_at=ended, attempts=3
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [(451, "4.7.1"), (None, None), (None, "5.6.0"), (554, "5.7.1"), (552, "5.3.4"), (421, None), (500, "5.5.1")],
)
def test_what_failed_through_no_fault_of_the_recipient_is_tried_again(
    app: Flask, code: int | None, status: str | None
) -> None:
    mailing = make_mailing()
    row = failed(mailing.id, code, status)
    queued_at, key = row.queued_at, row.key_id
    until = clock.now() + timedelta(days=9)
    assert retrying.retry_failed(mailing.id, until=until, by=OPERATOR) == 1
    db.session.commit()
    row = state_of(row)
    assert (row.state, row.ended_at, row.attempts) == (S.QUEUED, None, 0)
    assert (row.queued_at, row.key_id, row.give_up_at) == (queued_at, key, until)


@pytest.mark.parametrize(("code", "status"), [(550, "5.1.1"), (550, None), (450, "5.1.1"), (550, "5.2.1")])
def test_a_dead_address_stays_failed(app: Flask, code: int, status: str | None) -> None:
    mailing = make_mailing()
    failed(mailing.id, code, status)
    assert retrying.retry_failed(mailing.id, until=clock.now(), by=OPERATOR) == 0


def test_what_was_sent_or_belongs_to_another_mailing_is_left_alone(app: Flask) -> None:
    mailing, other = make_mailing(), make_mailing()
    failed(mailing.id, 451, None, S.SENT)
    failed(mailing.id, 451, None, S.SUPPRESSED)
    failed(other.id, 451, None)
    assert retrying.retry_failed(mailing.id, until=clock.now(), by=OPERATOR) == 0


def test_who_was_refused_with_all_the_others_is_queued_whatever_was_said(app: Flask) -> None:
    mailing = make_mailing()
    failed(mailing.id, 550, "5.1.1")
    moment = clock.now() - timedelta(minutes=1)
    assert retrying.retry_refused_since(mailing.id, clock.now() + timedelta(1), until=moment, by=OPERATOR) == 0
    assert retrying.retry_refused_since(mailing.id, moment, until=moment, by=OPERATOR) == 1
