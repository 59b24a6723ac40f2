import pytest
from flask import Flask

from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.mailings.models import Mailing
from actions.mailings.recipients import NOBODY, recipients_in
from tests.factories.deliveries import make_delivery, make_mailing
from tests.factories.supporters import make_supporter

S = DeliveryState


@pytest.fixture
def mailing(app: Flask) -> Mailing:
    made = make_mailing()
    for address, state in (
        ("ada@large.example", S.SENT),
        ("ben@large.example", S.SENT),
        ("cleo@mail.large.example", S.FAILED),
        ("dora@small.example", S.DEFERRED),
    ):
        make_delivery(make_supporter(address), mailing_id=made.id, state=state, reply_code=450, reply_status="4.2.0")
    return made


def test_recipients_are_masked_unless_asked_for_plainly(mailing: Mailing) -> None:
    (row,) = recipients_in(mailing, S.DEFERRED, plain=False, most=10)
    assert (row.address, row.reply) == ("do***@small.example", "450 4.2.0")
    assert next(recipients_in(mailing, S.DEFERRED, plain=True, most=10)).address == "dora@small.example"
    assert len(list(recipients_in(mailing, S.SENT, plain=False, most=1))) == 1


def test_who_was_erased_has_no_address(mailing: Mailing) -> None:
    someone = make_supporter("eve@small.example")
    make_delivery(someone, mailing_id=mailing.id, state=S.UNKNOWN)
    someone.email = None
    db.session.commit()
    (row,) = recipients_in(mailing, S.UNKNOWN, plain=True, most=10)
    assert row.address == NOBODY
