from datetime import datetime, timedelta

import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR
from actions.clock import clock as the_clock
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import writing
from actions.mailings.models import Mailing
from actions.mailings.reach import Reach, count_reach, reach_of
from actions.segments.rules import LivesIn
from tests.factories.mailings import draft_alert, launch
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def draft(updates: MailingList) -> Mailing:
    make_subscriber(updates, "ada@example.org", country="DE")
    return draft_alert(updates, make_page())


def taking(mailing: Mailing, seconds: float) -> datetime:
    """Count it, as if that had taken so long; when that was."""
    count_reach(mailing)
    assert mailing.reach is not None
    mailing.reach = mailing.reach | {"seconds": seconds}
    db.session.commit()
    return datetime.fromisoformat(mailing.reach["counted_at"])


def test_what_is_quick_to_count_is_counted_for_each_screen(draft: Mailing, updates: MailingList) -> None:
    taking(draft, 0.01)
    make_subscriber(updates, "ben@example.org")
    assert reach_of(draft) == Reach(number=2, lately=0)


def test_what_takes_long_is_shown_with_its_time_until_it_is_counted_again(draft: Mailing, updates: MailingList) -> None:
    moment = taking(draft, 2.5)
    make_subscriber(updates, "ben@example.org")
    the_clock.move(timedelta(minutes=5))
    assert reach_of(draft) == Reach(number=1, lately=0, counted_at=moment)
    assert clock.now() - moment >= timedelta(minutes=5)
    taking(draft, 2.5)
    assert reach_of(draft).number == 2


def test_another_audience_is_counted_when_it_is_chosen(draft: Mailing, updates: MailingList) -> None:
    taking(draft, 2.5)
    writing.choose_audience(draft, LivesIn(("KH",)), mailing_list=updates, by=OPERATOR)
    assert draft.reach is not None
    assert draft.reach["number"] == 0


def test_who_was_mailed_in_the_last_days_is_told_apart(draft: Mailing, updates: MailingList) -> None:
    launch(draft)
    assert reach_of(draft_alert(updates, None, key="second")) == Reach(number=1, lately=1)


def test_a_mailing_that_nobody_agreed_to_reaches_nobody(app: Flask) -> None:
    assert reach_of(Mailing(rule={})) == Reach(number=0, lately=0)
