from datetime import timedelta

import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import operations, queries, scheduling
from actions.mailings.models import Mailing, MailingState
from actions.mailings.operations import WrongState
from actions.mailings.preflight import MailingNotReady
from actions.mailings.scheduling import NotTested, OtherNumber, TimeHasPassed
from actions.pages.models import Page, PageState
from actions.transaction import transaction
from tests.factories.mailings import draft_alert, rows_of
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter

HOUR = timedelta(hours=1)


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def draft(updates: MailingList) -> Mailing:
    make_subscriber(updates)
    made = draft_alert(updates, make_page())
    operations.queue_test(made, make_supporter("me@example.org"), by=OPERATOR)
    db.session.commit()
    return made


def lateness(mailing: Mailing) -> None:
    mailing.launch_at = clock.now() - HOUR
    db.session.commit()


@pytest.mark.requirement("O-17")
def test_the_typed_number_starts_it_once(draft: Mailing) -> None:
    with pytest.raises(OtherNumber) as told:
        scheduling.launch_typed(draft, 2, shown=1, by=OPERATOR)
    assert told.value.now == 1
    assert scheduling.launch_typed(draft, 1, shown=1, by=OPERATOR) is True
    assert scheduling.launch_typed(draft, 1, shown=1, by=OPERATOR) is False
    assert len(rows_of(draft)) == 1


def test_a_number_that_has_become_another_is_asked_for_again(updates: MailingList, draft: Mailing) -> None:
    for number in range(12):
        make_subscriber(updates, f"p{number}@example.org")
    with pytest.raises(OtherNumber):
        scheduling.launch_typed(draft, 1, shown=1, by=OPERATOR)


def test_what_was_never_tested_is_not_started(updates: MailingList) -> None:
    make_subscriber(updates)
    mailing = draft_alert(updates, make_page())
    with pytest.raises(NotTested):
        scheduling.launch_typed(mailing, 1, shown=1, by=OPERATOR)
    with pytest.raises(NotTested):
        scheduling.schedule(mailing, clock.now() + HOUR, by=OPERATOR)


def test_a_scheduled_mailing_starts_once_at_its_time(draft: Mailing) -> None:
    scheduling.schedule(draft, clock.now() + HOUR, by=OPERATOR)
    db.session.commit()
    assert (draft.state, list(queries.due())) == (MailingState.SCHEDULED, [])
    assert scheduling.launch_due(draft, by=OPERATOR) is False
    lateness(draft)
    assert list(queries.due()) == [draft]
    with transaction():
        assert scheduling.launch_due(draft, by=OPERATOR) is True
    assert (draft.state, len(rows_of(draft)), list(queries.due())) == (MailingState.SENDING, 1, [])
    with transaction():
        assert scheduling.launch_due(draft, by=OPERATOR) is False


def test_it_can_be_called_back_and_given_another_time(draft: Mailing) -> None:
    scheduling.schedule(draft, clock.now() + HOUR, by=OPERATOR)
    scheduling.schedule(draft, clock.now() + 2 * HOUR, by=OPERATOR)
    scheduling.unschedule(draft, by=OPERATOR)
    scheduling.unschedule(draft, by=OPERATOR)
    assert (draft.state, draft.launch_at) == (MailingState.DRAFT, None)
    scheduling.launch_typed(draft, 1, shown=1, by=OPERATOR)
    for change in (scheduling.unschedule, lambda one, by: scheduling.schedule(one, clock.now() + HOUR, by=by)):
        with pytest.raises(WrongState):
            change(draft, by=OPERATOR)


def test_a_time_that_is_over_is_refused(draft: Mailing) -> None:
    with pytest.raises(TimeHasPassed):
        scheduling.schedule(draft, clock.now() - HOUR, by=OPERATOR)


def test_what_lacks_something_at_its_time_stays_until_it_is_ready(draft: Mailing) -> None:
    scheduling.schedule(draft, clock.now() + HOUR, by=OPERATOR)
    lateness(draft)
    pages_state(draft, PageState.PAUSED)
    with transaction():
        assert scheduling.launch_due(draft, by=OPERATOR) is False
    assert (draft.state, len(rows_of(draft))) == (MailingState.SCHEDULED, 0)
    with pytest.raises(MailingNotReady):
        scheduling.launch_if_due(draft, by=OPERATOR)
    db.session.rollback()
    pages_state(draft, PageState.OPEN)
    with transaction():
        assert scheduling.launch_due(draft, by=OPERATOR) is True


def pages_state(mailing: Mailing, state: PageState) -> None:
    page = db.session.get(Page, mailing.page_id)
    assert page
    page.state = state
    db.session.commit()


def test_after_a_restore_what_was_scheduled_waits_for_a_person(draft: Mailing) -> None:
    scheduling.schedule(draft, clock.now() + HOUR, by=OPERATOR)
    assert scheduling.call_back_all(by=OPERATOR) == 1
    assert draft.state is MailingState.DRAFT
