import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions import clock
from actions.actors import OPERATOR, supporter
from actions.consents.models import ConsentEvent
from actions.deliveries.models import Delivery, DeliveryState
from actions.lists.operations import leave
from actions.mailings import operations, queries
from actions.mailings.models import MailingKind
from actions.mailings.queries import called_back, held_back, wanted
from actions.supporters.models import Supporter
from actions.supporters.operations import erase
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from tests.factories.mailings import draft_alert, launch, rows_of, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter, say_about_news

Db = scoped_session[Session]


@pytest.fixture(autouse=True)
def organisation(app: Flask) -> None:
    make_organisation()


def still_wanted(session: Db) -> set[int | None]:
    session.commit()
    return set(session.scalars(select(Delivery.supporter_id).where(wanted())))


@pytest.mark.requirement("O-04", "B-43", "B-57")
def test_what_a_reader_does_after_the_launch_counts_at_the_last_moment(session: Db) -> None:
    updates, page = make_list(), make_page()
    stays, left, erased, suppressed = (
        make_subscriber(updates, f"{name}@example.org") for name in ("stays", "left", "erased", "suppressed")
    )
    launch(draft_alert(updates, page))
    assert len(still_wanted(session)) == 4
    leave(updates.id, left.id, by=OPERATOR)
    suppress(suppressed.email_hash or b"", SuppressionReason.HARD_BOUNCE, by=OPERATOR)
    erase(erased, by=supporter(erased.id))
    assert still_wanted(session) == {stays.id}


@pytest.mark.requirement("O-04", "B-43")
def test_news_of_a_case_is_wanted_while_the_consent_stands(session: Db) -> None:
    page, other = make_page(), make_page("other")
    yes, no = make_supporter("yes@example.org"), make_supporter("no@example.org")
    for who in (yes, no):
        say_about_news(page, who)
    launch(operations.draft_mailing(MailingKind.NEWSLETTER, key="n", words=[words()], page=page, by=OPERATOR))
    say_about_news(page, no, ConsentEvent.WITHDRAWN)
    say_about_news(other, no)
    assert still_wanted(session) == {yes.id}


def test_an_email_that_belongs_to_no_mailing_is_not_ours_to_judge(session: Db) -> None:
    who = make_supporter()
    now = clock.now()
    moments = {"queued_at": now, "due_at": now, "give_up_at": now}
    session.add(Delivery(lane="now", kind="welcome", language="en", supporter_id=who.id, **moments))
    assert still_wanted(session) == {who.id}
    assert session.scalars(select(Delivery.id).where(held_back() | called_back())).all() == []


@pytest.mark.requirement("O-14")
def test_a_paused_mailing_is_held_back_and_a_cancelled_one_called_back(session: Db) -> None:
    updates, page = make_list(), make_page()
    make_subscriber(updates)
    mailing = launch(draft_alert(updates, page))
    held, called = select(Delivery.id).where(held_back()), select(Delivery.id).where(called_back())
    assert (session.scalars(held).all(), session.scalars(called).all()) == ([], [])
    operations.pause(mailing, by=OPERATOR)
    assert len(session.scalars(held).all()) == 1
    operations.cancel(mailing, by=OPERATOR)
    assert (len(session.scalars(held).all()), len(session.scalars(called).all())) == (0, 1)


def test_what_may_still_end_is_under_way(session: Db) -> None:
    updates, page = make_list(), make_page()
    make_subscriber(updates)
    mailing = launch(draft_alert(updates, page))
    draft_alert(updates, page, key="a draft")
    assert queries.under_way() == [mailing]
    row = rows_of(mailing)[0]
    row.state = DeliveryState.TRANSMITTING
    operations.cancel(mailing, by=OPERATOR)
    assert queries.under_way() == [mailing]
    row.state, row.ended_at = DeliveryState.SENT, clock.now()
    session.commit()
    operations.settle(mailing, by=OPERATOR)
    assert queries.under_way() == []
    assert session.scalars(select(Supporter)).one().email == "ada@example.org"
