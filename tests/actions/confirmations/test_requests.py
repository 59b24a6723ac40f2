from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from actions import clock, outbox
from actions.actors import VISITOR, WORKER
from actions.addresses import parse_address
from actions.confirmations import requests
from actions.confirmations.models import ConfirmationItem, LinkRequest
from actions.extensions import db
from actions.letters.models import Letter
from actions.letters.operations import write_letters
from actions.signups.models import Signup
from actions.supporters.models import Supporter
from actions.supporters.operations import erase, find_or_add
from actions.transaction import transaction
from tests.factories.deliveries import beside
from tests.factories.forms import send_form
from tests.factories.letters import make_wish
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.waiting import ANN, due, mails


@pytest.fixture(autouse=True)
def organisation(app: Flask) -> None:
    make_organisation()
    make_list()


def fill_in(app: Flask, email: str = ANN) -> None:
    """The form alone, without the worker."""
    assert send_form(app.test_client(), "/join", "/join", email=email).status_code == 200


def waiting() -> int:
    db.session.rollback()
    return len(db.session.scalars(select(LinkRequest)).all())


def answer() -> int:
    with transaction():
        return requests.answer_requests(by=WORKER)


@pytest.mark.requirement("C-10", "O-21")
def test_a_form_leaves_a_request_and_a_worker_mails_the_link(app: Flask) -> None:
    fill_in(app)
    assert (waiting(), len(mails())) == (1, 0)
    assert answer() == 1
    assert (waiting(), len(mails())) == (0, 1)
    assert answer() == 0


@pytest.mark.requirement("P-07")
def test_a_request_by_address_keeps_it_sealed_and_only_until_it_is_answered(app: Flask) -> None:
    requests.request_by_address(parse_address("stranger@heron.test"), requests.AGAIN, language="en", by=VISITOR)
    kept = db.session.scalars(select(LinkRequest)).one()
    assert b"heron" not in (kept.email_sealed or b"")
    assert outbox.waiting() == [(requests.ANSWER, (), "now")]
    db.session.commit()
    assert answer() == 1
    assert (waiting(), len(mails())) == (0, 0)


def test_the_delay_of_a_busy_network_counts_from_the_form(app: Flask) -> None:
    fill_in(app)
    later = clock.now() + timedelta(minutes=5)
    db.session.execute(update(LinkRequest).values(not_before=later))
    db.session.commit()
    answer()
    assert due() == [later]


@pytest.mark.requirement("C-38")
def test_who_was_erased_meanwhile_is_not_written_to(app: Flask) -> None:
    fill_in(app)
    erase(db.session.scalars(select(Supporter)).one(), by=WORKER)
    db.session.commit()
    assert answer() == 1
    assert mails() == []


def test_a_request_that_fails_holds_up_no_other(app: Flask) -> None:
    fill_in(app, "eve@example.org")
    fill_in(app, ANN)
    first = db.session.scalars(select(Signup.id).order_by(Signup.id)).first()
    db.session.execute(update(LinkRequest).where(LinkRequest.item_id == first).values(kind="of-no-room"))
    db.session.commit()
    assert answer() == 1
    assert (waiting(), len(mails())) == (1, 1)


def test_two_workers_answer_each_request_once(app: Flask) -> None:
    for number in range(10):
        fill_in(app, f"ann{number}@example.org")
    assert sum(beside(app, answer, answer, answer)) == 10
    assert len(mails()) == 10


def test_what_one_form_asks_for_comes_in_one_mail_and_stands_together(app: Flask) -> None:
    ann = find_or_add(parse_address(ANN), language="en", source="join", by=VISITOR)
    page, targets = make_page(), [make_target(), make_target("minister"), make_target("president")]
    write_letters([(target, make_wish()) for target in targets], page, ann, language="en", by=VISITOR)
    db.session.commit()
    assert answer() == 1
    written = db.session.scalars(select(Letter.id).order_by(Letter.id)).all()
    items = db.session.scalars(select(ConfirmationItem).order_by(ConfirmationItem.id)).all()
    assert [(item.item_id, item.together) for item in items] == [(letter_id, items[0].id) for letter_id in written]
    assert len(mails()) == 1
