from flask import Flask
from sqlalchemy import delete

from actions import clock
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from actions.mailings import progress, results, sites
from actions.mailings.models import Mailing, MailingState
from actions.mailings.summing import sum_up
from tests.factories.deliveries import make_mailing
from tests.factories.supporters import make_supporter


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
    assert progress.tally_of(mailing).counts == {DeliveryState.SENT: 3, DeliveryState.FAILED: 1}


def numbers_of(mailing: Mailing) -> tuple[object, ...]:
    return (
        [results.lines(mailing, by) for by in results.By],
        sites.largest_sites(mailing),
        sites.reasons(mailing),
    )
