from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions import clock
from actions.deliveries.models import Delivery, DeliveryState
from actions.mailings import tallies
from actions.mailings.models import MailingState, MailingTally
from tests.factories.mailings import draft_alert, launch
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber
from workers.mailings import count, settle, start

Db = scoped_session[Session]


@pytest.mark.requirement("O-13")
def test_a_mailing_ends_with_its_last_row(app: Flask, session: Db) -> None:
    make_organisation()
    updates, page = make_list(), make_page()
    make_subscriber(updates)
    mailing = launch(draft_alert(updates, page))
    waiting = launch(draft_alert(updates, page, key="another"))
    settle()
    assert mailing.state is MailingState.SENDING
    ended = update(Delivery).where(Delivery.mailing_id == mailing.id)
    session.execute(ended.values(state=DeliveryState.SENT, ended_at=clock.now()))
    session.commit()
    settle()
    session.expire_all()
    assert (mailing.state, waiting.state) == (MailingState.SENT, MailingState.SENDING)


def test_a_scheduled_mailing_starts_at_its_time_and_once(app: Flask, session: Db) -> None:
    make_organisation()
    updates, page = make_list(), make_page()
    make_subscriber(updates)
    mailing = draft_alert(updates, page)
    mailing.state, mailing.launch_at = MailingState.SCHEDULED, clock.now() + timedelta(minutes=5)
    session.commit()
    start()
    assert mailing.state is MailingState.SCHEDULED
    mailing.launch_at = clock.now()
    session.commit()
    start()
    start()
    session.expire_all()
    assert (mailing.state, mailing.audience) == (MailingState.SENDING, 1)


def test_a_large_mailing_under_way_is_counted(app: Flask, session: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    make_organisation()
    updates, page = make_list(), make_page()
    make_subscriber(updates)
    mailing = launch(draft_alert(updates, page))
    count()
    assert session.scalars(select(MailingTally)).all() == []
    monkeypatch.setattr(tallies, "LARGE", 0)
    count()
    (kept,) = session.scalars(select(MailingTally)).all()
    assert (kept.mailing_id, kept.numbers["states"]) == (mailing.id, {"queued": 1})
