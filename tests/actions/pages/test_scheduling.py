from datetime import timedelta

import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR, WORKER
from actions.pages.models import Page, PageState
from actions.pages.operations import PageNotReady, change_details, draft_page, schedule_opening
from actions.pages.scheduling import due_drafts, open_if_ready
from tests.factories.organisation import make_organisation
from tests.factories.page_words import DETAILS, WORDS, make_picture
from tests.factories.pages import make_target


@pytest.fixture
def draft(app: Flask) -> Page:
    make_organisation()
    make_picture("river.webp")
    return draft_page(DETAILS, {"en": WORDS}, [make_target()], by=OPERATOR)


def test_a_draft_opens_on_its_date_and_not_before(draft: Page) -> None:
    schedule_opening(draft, clock.now() + timedelta(hours=1), by=OPERATOR)
    assert list(due_drafts()) == []
    assert not open_if_ready(draft, by=WORKER)
    draft.opens_at = clock.now()
    assert list(due_drafts()) == [draft]
    assert open_if_ready(draft, by=WORKER)
    assert (draft.state, draft.opens_at) == (PageState.OPEN, None)
    assert not open_if_ready(draft, by=WORKER)


def test_a_draft_that_lacks_something_gets_no_date(draft: Page) -> None:
    change_details(draft, type(DETAILS)(**(vars(DETAILS) | {"legal_basis": {}})), by=OPERATOR)
    with pytest.raises(PageNotReady):
        schedule_opening(draft, clock.now(), by=OPERATOR)


def test_a_draft_that_lost_something_since_stays_a_draft(draft: Page) -> None:
    schedule_opening(draft, clock.now(), by=OPERATOR)
    draft.lead_picture = None
    assert not open_if_ready(draft, by=WORKER)
    assert draft.state is PageState.DRAFT
    assert draft.opens_at is not None


def test_a_date_is_called_off(draft: Page) -> None:
    schedule_opening(draft, clock.now(), by=OPERATOR)
    schedule_opening(draft, None, by=OPERATOR)
    assert list(due_drafts()) == []
