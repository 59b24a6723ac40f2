from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from actions.actors import OPERATOR
from actions.extensions import db
from actions.media.models import Picture
from actions.pages.models import TRANSITIONS, Outcome, Page, PageState, PageWording
from actions.pages.operations import (
    NotFromHere,
    PageNotReady,
    add_update,
    change_details,
    draft_page,
    drop_language,
    end_page,
    open_page,
    pause_page,
    resume_page,
    revise_wordings,
    set_targets,
)
from actions.pages.queries import newest_update, targets_of, wording, wordings
from tests.factories.organisation import make_organisation
from tests.factories.page_words import DETAILS, WORDS, make_picture
from tests.factories.pages import make_target

NEWS: dict[str, dict[str, Any]] = {
    "en": {"headline": "Released on bail", "blocks": [{"type": "text", "html": "<p>!</p>"}]}
}


@pytest.fixture
def draft(app: Flask) -> Page:
    make_organisation()
    make_picture("river.webp")
    return draft_page(DETAILS, {"en": WORDS}, [make_target()], by=OPERATOR)


@pytest.fixture
def opened(draft: Page) -> Page:
    open_page(draft, by=OPERATOR)
    return draft


def test_a_page_begins_as_a_draft_and_is_opened(draft: Page) -> None:
    assert (draft.state, draft.opened_at) == (PageState.DRAFT, None)
    open_page(draft, by=OPERATOR)
    assert draft.state is PageState.OPEN
    assert draft.opened_at is not None
    with pytest.raises(NotFromHere):
        open_page(draft, by=OPERATOR)


@pytest.mark.requirement("C-33", "C-35")
def test_a_page_without_its_privacy_wording_cannot_be_opened(draft: Page) -> None:
    revise_wordings(draft, {"en": replace(WORDS, privacy={})}, by=OPERATOR)
    change_details(draft, replace(DETAILS, legal_basis={}), by=OPERATOR)
    with pytest.raises(PageNotReady) as refused:
        open_page(draft, by=OPERATOR)
    assert "its legal basis lacks Article 9" in refused.value.problems
    assert "in en: the privacy wording does not say which_state" in refused.value.problems
    assert draft.state is PageState.DRAFT


def test_an_edit_is_the_next_version_in_every_language_and_the_old_one_stays(draft: Page) -> None:
    revise_wordings(draft, {"km": replace(WORDS, title="ដោះលែង")}, by=OPERATOR)
    assert draft.version == 2
    assert revise_wordings(draft, {"en": replace(WORDS, title="Free her now")}, by=OPERATOR)
    assert draft.version == 3
    assert wording(draft, "en").title == "Free her now"
    assert wording(draft, "km").title == "ដោះលែង"
    assert wording(draft, "en", version=1).title == WORDS.title
    assert set(wordings(draft)) == {"en", "km"}


def test_the_same_words_again_are_no_version(draft: Page) -> None:
    assert not revise_wordings(draft, {"en": WORDS}, by=OPERATOR)
    assert draft.version == 1
    assert len(db.session.scalars(select(PageWording)).all()) == 1


def test_a_public_page_cannot_lose_what_it_must_say(opened: Page) -> None:
    with pytest.raises(PageNotReady):
        revise_wordings(opened, {"en": replace(WORDS, privacy={})}, by=OPERATOR)


@pytest.mark.requirement("W-12")
def test_html_is_cleaned_before_it_is_stored(draft: Page) -> None:
    dirty = [{"type": "text", "html": '<p onclick="x()">Free her<script>alert(1)</script></p>', "extra": 1}]
    revise_wordings(draft, {"en": replace(WORDS, blocks=dirty)}, by=OPERATOR)
    assert wording(draft, "en").blocks == [{"type": "text", "html": "<p>Free her</p>"}]


def test_a_block_that_nothing_can_draw_is_refused(draft: Page) -> None:
    with pytest.raises(PageNotReady):
        revise_wordings(draft, {"en": replace(WORDS, blocks=[{"type": "iframe"}])}, by=OPERATOR)


def test_a_slug_stands_in_links_and_never_changes(opened: Page) -> None:
    change_details(opened, replace(DETAILS, slug="other", goal=9), by=OPERATOR)
    assert (opened.slug, opened.goal) == (DETAILS.slug, 9)


def test_letters_go_to_other_targets_in_the_order_given(opened: Page) -> None:
    first, second = make_target("first"), make_target("second")
    set_targets(opened, [second, first], by=OPERATOR)
    assert [target.slug for target in targets_of(opened)] == ["second", "first"]


def test_a_partial_outcome_keeps_the_page_open_with_other_words(opened: Page) -> None:
    new = {"en": replace(WORDS, title="Drop the charges")}
    update = add_update(opened, Outcome.PARTIAL, NEWS, words=new, dated=datetime(2014, 7, 22, tzinfo=UTC), by=OPERATOR)
    assert opened.state is PageState.OPEN_WITH_UPDATE
    assert (opened.version, wording(opened, "en").title) == (2, "Drop the charges")
    assert newest_update(opened) is update
    add_update(opened, Outcome.PARTIAL, NEWS, by=OPERATOR)
    assert opened.state is PageState.OPEN_WITH_UPDATE


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.WON, PageState.WON), (Outcome.STOPPED, PageState.STOPPED), (Outcome.NO_NEWS, PageState.CLOSED)],
)
def test_an_end_is_an_end(opened: Page, outcome: Outcome, state: PageState) -> None:
    add_update(opened, outcome, NEWS, by=OPERATOR)
    assert opened.state is state
    assert opened.ended_at is not None
    add_update(opened, outcome, NEWS, by=OPERATOR)
    with pytest.raises(NotFromHere):
        add_update(opened, Outcome.PARTIAL, NEWS, by=OPERATOR)


def test_a_draft_has_no_news(draft: Page) -> None:
    with pytest.raises(NotFromHere):
        add_update(draft, Outcome.PARTIAL, NEWS, by=OPERATOR)


def test_after_a_pause_it_is_as_it_was(opened: Page) -> None:
    pause_page(opened, by=OPERATOR)
    assert opened.state is PageState.PAUSED
    resume_page(opened, by=OPERATOR)
    assert opened.state is PageState.OPEN
    add_update(opened, Outcome.PARTIAL, NEWS, by=OPERATOR)
    pause_page(opened, by=OPERATOR)
    resume_page(opened, by=OPERATOR)
    assert opened.state is PageState.OPEN_WITH_UPDATE


def test_only_the_transitions_of_the_table_are_possible(opened: Page) -> None:
    for before, after in TRANSITIONS.items():
        for end in (PageState.WON, PageState.CLOSED, PageState.STOPPED):
            opened.state = before
            if end in after:
                end_page(opened, end, by=OPERATOR)
                assert opened.state is end
            else:
                with pytest.raises(NotFromHere):
                    end_page(opened, end, by=OPERATOR)
    with pytest.raises(NotFromHere):
        end_page(opened, PageState.OPEN, by=OPERATOR)


def test_a_missing_picture_is_named_before_anybody_looks_for_it(draft: Page) -> None:
    db.session.delete(db.session.scalars(select(Picture)).one())
    with pytest.raises(PageNotReady) as refused:
        open_page(draft, by=OPERATOR)
    assert refused.value.problems == ["there is no picture 'river.webp'"]


def test_a_draft_may_get_another_address_and_an_open_page_keeps_its_own(draft: Page) -> None:
    change_details(draft, replace(DETAILS, slug="free-her-now"), by=OPERATOR)
    assert draft.slug == "free-her-now"
    open_page(draft, by=OPERATOR)
    change_details(draft, replace(DETAILS, slug="another"), by=OPERATOR)
    assert draft.slug == "free-her-now"


def test_a_language_is_taken_off_and_stays_in_its_version(draft: Page) -> None:
    revise_wordings(draft, {"km": replace(WORDS, title="ដោះលែង")}, by=OPERATOR)
    drop_language(draft, "km", by=OPERATOR)
    drop_language(draft, "km", by=OPERATOR)
    assert (draft.version, set(wordings(draft)), set(wordings(draft, 2))) == (3, {"en"}, {"en", "km"})
    with pytest.raises(PageNotReady):
        drop_language(draft, "en", by=OPERATOR)
