from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from pydantic import ValidationError

from actions import clock
from actions.actors import OPERATOR
from actions.pages.loading import load_page, load_updates
from actions.pages.models import Page, PageState
from actions.pages.operations import PageNotReady, open_page
from actions.pages.queries import targets_of, updates_of, wording
from tests.factories.organisation import make_organisation
from tests.factories.page_words import WORDS, make_picture
from tests.factories.pages import make_target


def page_file(**changes: Any) -> dict[str, Any]:
    english = {
        "title": WORDS.title,
        "summary": WORDS.summary,
        "lead_alt": WORDS.lead["alt"],
        "lead_credit": WORDS.lead["credit"],
        "blocks": WORDS.blocks,
        "petition": WORDS.petition,
        "letter": WORDS.letter,
        "privacy": WORDS.privacy,
        "share_text": "Sign for her:",
    }
    whole: dict[str, Any] = {
        "slug": "free-her",
        "country": "KH",
        "country_name": {"en": "Cambodia"},
        "goal": 1000,
        "action_until_days": 60,
        "lead_picture": {"media": "river.webp", "width": 32, "height": 20},
        "targets": ["ambassador"],
        "legal_basis": {"article6": "6(1)(a)", "article9": "9(2)(a)"},
        "retention_months": 6,
        "wordings": {"en": english},
    }
    return whole | changes


@pytest.fixture
def loaded(app: Flask) -> Page:
    make_organisation()
    make_picture("river.webp")
    make_target()
    return load_page(page_file(), by=OPERATOR)


def test_a_file_becomes_a_draft_with_all_its_words(loaded: Page) -> None:
    assert loaded.state is PageState.DRAFT
    assert wording(loaded, "en").notes == {"share": "Sign for her:", "country_name": "Cambodia"}
    assert [target.slug for target in targets_of(loaded)] == ["ambassador"]
    open_page(loaded, by=OPERATOR)


def test_the_same_file_again_changes_nothing_and_days_count_from_the_first_time(loaded: Page) -> None:
    until = loaded.action_until
    clock.clock.move(timedelta(days=3))
    again = load_page(page_file(), by=OPERATOR)
    assert (again.id, again.version, again.action_until) == (loaded.id, 1, until)


def test_other_words_are_the_next_version(loaded: Page) -> None:
    changed = page_file()
    changed["wordings"]["en"]["title"] = "Free her now"
    assert load_page(changed, by=OPERATOR).version == 2
    assert wording(loaded, "en").title == "Free her now"


def test_each_update_of_the_file_is_added_once(loaded: Page) -> None:
    open_page(loaded, by=OPERATOR)
    news = {"en": {"headline": "Released on bail", "blocks": []}}
    file = page_file(updates=[{"date": date(2014, 7, 22), "outcome": "partial", "wordings": news}])
    load_updates(loaded, file, by=OPERATOR)
    load_updates(loaded, file, by=OPERATOR)
    (update,) = updates_of(loaded)
    assert update.dated.date() == date(2014, 7, 22)
    assert loaded.state is PageState.OPEN_WITH_UPDATE


def test_a_moment_without_a_zone_is_utc(loaded: Page) -> None:
    load_page(page_file(action_until="2030-01-01T00:00:00"), by=OPERATOR)
    assert loaded.action_until is not None
    assert loaded.action_until.isoformat() == "2030-01-01T00:00:00+00:00"


@pytest.mark.usefixtures("loaded")
def test_a_slip_of_the_pen_is_refused() -> None:
    with pytest.raises(ValidationError):
        load_page(page_file(gaol=1000), by=OPERATOR)
    with pytest.raises(PageNotReady):
        load_page(page_file(targets=["nobody"]), by=OPERATOR)
