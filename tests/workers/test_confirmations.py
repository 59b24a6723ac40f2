from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from actions.actors import VISITOR
from actions.clock import clock
from actions.confirmations.models import LinkRequest
from actions.confirmations.requests import request_link
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.signups.models import Signup, SignupState
from actions.supporters.models import Supporter
from actions.transaction import transaction
from tests.factories.forms import send_form
from tests.factories.organisation import make_list, make_organisation
from workers.confirmations import answer, remind_and_expire


@pytest.fixture
def wish(app: Flask) -> Signup:
    make_organisation()
    make_list()
    assert send_form(app.test_client(), "/join", "/join", email="ann@example.org").status_code == 200
    return db.session.scalars(select(Signup)).one()


def mails() -> int:
    return db.session.scalar(select(func.count()).select_from(Delivery)) or 0


@pytest.mark.requirement("C-10")
def test_a_form_leaves_a_request_and_a_worker_answers_it(wish: Signup) -> None:
    assert mails() == 0
    answer()
    answer()
    assert mails() == 1
    assert db.session.scalars(select(LinkRequest)).all() == []


def test_a_request_that_fails_holds_up_nobody_else(wish: Signup) -> None:
    supporter = db.session.scalars(select(Supporter)).one()
    with transaction():
        request_link(supporter, "no such kind", 1, subject="x", content_hash=b"x", language="en", by=VISITOR)
    answer()
    assert mails() == 1
    assert db.session.scalars(select(LinkRequest.kind)).all() == ["no such kind"]


@pytest.mark.requirement("C-16")
def test_one_reminder_after_a_day_and_an_end_after_a_week(wish: Signup) -> None:
    answer()
    clock.move(timedelta(hours=25))
    remind_and_expire()
    remind_and_expire()
    assert mails() <= 2
    clock.move(timedelta(days=15))
    remind_and_expire()
    db.session.expire_all()
    assert db.session.scalars(select(Signup.state)).one() is SignupState.EXPIRED
    assert db.session.scalars(select(Supporter)).one().email_sealed is None
