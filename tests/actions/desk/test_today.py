from datetime import timedelta

from flask import Flask
from sqlalchemy.orm.session import Session as Db

from actions import clock
from actions.actors import WORKER
from actions.deliveries.relays import note_trouble
from actions.desk import today
from actions.lists.models import Subscription, SubscriptionState
from actions.mailings.models import MailingState
from actions.pages.models import PageState
from tests.factories.deliveries import make_mailing
from tests.factories.organisation import make_list
from tests.factories.pages import make_page
from tests.factories.supporters import make_supporter


def test_an_empty_installation_is_told_what_to_do_first(app: Flask) -> None:
    assert [step.is_done for step in today.first_steps()] == [False, False, False]
    make_page()
    assert [step.is_done for step in today.first_steps()] == [True, False, False]


def test_the_last_day_stands_beside_a_usual_one_of_the_week_before(session: Db) -> None:
    mailing_list = make_list()
    for number, hours in enumerate((1, 2, 30, 50, 70, 200)):
        person = make_supporter(f"p{number}@example.org")
        joined = clock.now() - timedelta(hours=hours)
        session.add(
            Subscription(
                list_id=mailing_list.id, supporter_id=person.id, state=SubscriptionState.ACTIVE, joined_at=joined
            )
        )
    session.commit()
    trend = today.trends()[0]
    assert (trend.label, trend.today, round(trend.usual * 7)) == ("joined the list", 2, 3)


def test_what_moves_and_what_is_stuck_is_there(session: Db) -> None:
    mailing = make_mailing()
    mailing.state = MailingState.PAUSED
    make_mailing().state = MailingState.SENT
    session.commit()
    note_trouble("mail.test:25", "login", "auth", "535 no", by=WORKER)
    assert [one.mailing.id for one in today.moving_mailings()] == [mailing.id]
    assert "refuses our login" in today.stuck_relays()[0]
    assert today.letters_waiting_for_somebody() == {}


def test_a_page_near_its_last_day_is_named(session: Db) -> None:
    near, far, over = make_page(slug="near"), make_page(slug="far"), make_page(slug="over")
    near.action_until = clock.now() + timedelta(days=3)
    far.action_until = clock.now() + timedelta(days=60)
    over.action_until, over.state = clock.now() + timedelta(days=2), PageState.CLOSED
    session.commit()
    assert [page.slug for page in today.pages_near_their_date()] == ["near"]
