from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions import clock
from actions.actors import OPERATOR
from actions.extensions import db
from actions.pages.models import Outcome, PageState
from actions.pages.operations import add_update
from actions.pages.queries import (
    NoSuchPage,
    PageClosed,
    ended_pages,
    has_ended,
    is_past,
    languages,
    named_targets,
    newest_update,
    open_pages,
    page_by_slug,
    page_for_act,
    public_page,
    standing_words,
    takes_acts,
    targets_of,
    update_language,
    update_words,
    updates_of,
    wording,
    wordings_of,
)
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import add_wording, make_page, make_target

NOT_ACTING = [PageState.DRAFT, PageState.PAUSED, PageState.WON, PageState.CLOSED, PageState.STOPPED]


def test_open_pages_stand_in_the_campaigners_order_and_the_newest_first(app: Flask) -> None:
    now = clock.now()
    make_page("old", opened_at=now - timedelta(days=9))
    make_page("new", opened_at=now)
    make_page("urgent", position=-1, opened_at=now - timedelta(days=99))
    assert [page.slug for page in open_pages()] == ["urgent", "new", "old"]


@pytest.mark.parametrize("state", NOT_ACTING)
def test_only_pages_that_take_acts_are_listed_and_acted_on(app: Flask, state: PageState) -> None:
    page = make_page(state=state)
    assert not takes_acts(page)
    assert open_pages() == []
    with pytest.raises((NoSuchPage, PageClosed)):
        page_for_act(page.slug)


def test_after_its_last_day_a_page_is_read_only_whatever_its_state(app: Flask) -> None:
    page = make_page(action_until=clock.now() + timedelta(days=1))
    assert takes_acts(page)
    clock.clock.move(timedelta(days=1, seconds=1))
    assert is_past(page)
    assert has_ended(page)
    assert not takes_acts(page)
    assert open_pages() == []
    assert ended_pages() == [page]
    with pytest.raises(PageClosed) as closed:
        page_for_act(page.slug)
    assert closed.value.page is page


def test_a_draft_is_nobodys_business(app: Flask) -> None:
    page = make_page(state=PageState.DRAFT)
    assert page_by_slug(page.slug) is page
    assert page_by_slug("nothing") is None
    for slug in (page.slug, "nothing"):
        with pytest.raises(NoSuchPage):
            public_page(slug)


def test_a_paused_page_has_not_ended(app: Flask) -> None:
    assert not has_ended(make_page(state=PageState.PAUSED))
    assert ended_pages() == []


def test_words_are_those_of_the_readers_language_else_of_the_page(app: Flask) -> None:
    page = make_page()
    add_wording(page, "km", title="ដោះលែង")
    assert wording(page, "km").title == "ដោះលែង"
    assert wording(page, "ar").title == "Free her"
    assert languages(page) == ["en", "km"]
    assert standing_words(page)["km"].title == "ដោះលែង"
    other = make_page("other")
    assert {found.language for found in wordings_of([page, other], "km").values()} == {"km", "en"}


def test_a_signature_finds_the_words_it_stood_under(app: Flask) -> None:
    page = make_page()
    page.version = 2
    add_wording(page, title="Drop the charges")
    assert wording(page, "en").title == "Drop the charges"
    assert wording(page, "en", version=1).title == "Free her"


def test_targets_stand_in_the_pages_order(app: Flask) -> None:
    second, first = make_target("b"), make_target("a")
    page = make_page(targets=[first, second])
    assert targets_of(page) == [first, second]
    assert named_targets([page.id]) == {(page.id, first.id), (page.id, second.id)}


def test_the_newest_news_comes_first_and_in_a_language_there_is(app: Flask) -> None:
    page = make_page()
    assert newest_update(page) is None
    news = {"en": {"headline": "Charged", "blocks": []}, "km": {"headline": "ត្រូវបានចោទ", "blocks": []}}
    older = add_update(page, Outcome.PARTIAL, news, dated=clock.now() - timedelta(days=2), by=OPERATOR)
    newer = add_update(page, Outcome.PARTIAL, {"km": news["km"]}, by=OPERATOR)
    db.session.commit()
    assert updates_of(page) == [newer, older]
    assert newest_update(page) is newer
    assert update_words(older, "ar", "en")["headline"] == "Charged"
    assert update_language(older, "ar", "en") == "en"
    assert update_words(newer, "ar", "en")["headline"] == "ត្រូវបានចោទ"
    assert update_language(newer, "ar", "en") == "km"


def test_a_page_that_is_over_at_midnight_names_the_day_before(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    make_list()
    page = make_page(action_until=datetime(2030, 2, 1, tzinfo=UTC))
    assert page.last_day == date(2030, 1, 31)
    assert "31 January 2030" in client.get(f"/a/{page.slug}").text
    page.action_until = None
    assert page.last_day is None
