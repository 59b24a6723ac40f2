from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from actions.actors import Actor, Role
from actions.drafts.operations import DraftMoved, Seen
from actions.extensions import db
from actions.pages import followers
from actions.pages.drafts import (
    WordsMoved,
    draft_of,
    drafts_of_others,
    drop_draft,
    keep_draft,
    save_words,
    words_in,
)
from actions.pages.models import Page, PageState
from actions.pages.operations import PageNotReady
from actions.pages.queries import wording
from actions.pages.words import NO_WORDS
from tests.factories.organisation import make_organisation
from tests.factories.page_words import WORDS, make_picture
from tests.factories.pages import make_page, make_target

ADA, BO = Actor(Role.STAFF, 1), Actor(Role.STAFF, 2)


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    make_picture("gate")
    return make_page(state=PageState.DRAFT, targets=[make_target()], lead_picture="gate")


@pytest.fixture
def held() -> Iterator[list[str]]:
    """The pages that letters were held for."""
    told: list[str] = []

    def follower(page: Page, *, by: Actor) -> int:
        told.append(page.slug)
        return 3

    followers.register("test", follower)
    yield told
    followers.forget("test")


def test_what_is_being_written_is_kept_and_makes_no_version(page: Page) -> None:
    typed = replace(words_in(page, "en"), title="Free her n")
    draft = keep_draft(page, "en", typed, Seen(page.version), by=ADA)
    again = keep_draft(page, "en", replace(typed, title="Free her now"), Seen(page.version, draft.revision), by=ADA)
    assert (again.revision, again.words["title"], page.version) == (2, "Free her now", 1)
    assert wording(page, "en").title == "Free her"


def test_a_second_window_of_the_same_person_does_not_write_over_the_first(page: Page) -> None:
    keep_draft(page, "en", replace(WORDS, title="First window"), Seen(1), by=ADA)
    with pytest.raises(DraftMoved) as moved:
        keep_draft(page, "en", replace(WORDS, title="Second window"), Seen(1), by=ADA)
    assert moved.value.draft.words["title"] == "First window"


def test_each_writes_in_a_draft_of_their_own_and_is_told_of_the_other(page: Page) -> None:
    keep_draft(page, "en", replace(WORDS, title="Ada's"), Seen(1), by=ADA)
    keep_draft(page, "en", replace(WORDS, title="Bo's"), Seen(1), by=BO)
    assert [draft.staff_id for draft in drafts_of_others(page, "en", 1)] == [2]
    drop_draft(page, "en", by=ADA)
    assert draft_of(page, "en", 1) is None
    kept = draft_of(page, "en", 2)
    assert kept is not None
    assert kept.words["title"] == "Bo's"


def test_saving_makes_a_version_and_ends_the_draft(page: Page) -> None:
    typed = replace(words_in(page, "en"), title="Free her now")
    keep_draft(page, "en", typed, Seen(1), by=ADA)
    save_words(page, "en", typed, based_on=1, by=ADA)
    assert (page.version, wording(page, "en").title) == (2, "Free her now")
    assert draft_of(page, "en", 1) is None
    save_words(page, "en", typed, based_on=2, by=ADA)
    assert page.version == 2


def test_of_two_who_save_different_fields_both_keep_their_words(page: Page) -> None:
    begun = words_in(page, "en")
    save_words(page, "en", replace(begun, title="Ada's title"), based_on=1, by=ADA)
    saved = save_words(page, "en", replace(begun, summary="Bo's summary."), based_on=1, by=BO)
    stands = words_in(page, "en")
    assert (stands.title, stands.summary, saved.taken) == ("Ada's title", "Bo's summary.", ("title",))


def test_of_two_who_save_the_same_field_the_second_is_told_and_nothing_is_lost(page: Page) -> None:
    begun = words_in(page, "en")
    save_words(page, "en", replace(begun, title="Ada's title"), based_on=1, by=ADA)
    mine = replace(begun, title="Bo's title", summary="Bo's summary.")
    with pytest.raises(WordsMoved) as moved:
        save_words(page, "en", mine, based_on=1, by=BO)
    assert moved.value.merged.clashes == ("title",)
    assert (moved.value.theirs.title, moved.value.merged.words.title) == ("Ada's title", "Bo's title")
    assert words_in(page, "en").title == "Ada's title"
    save_words(page, "en", moved.value.merged.words, based_on=moved.value.version, by=BO)
    assert words_in(page, "en").title == "Bo's title"
    assert words_in(page, "en", 2).title == "Ada's title"


def test_a_translation_begins_where_nothing_stood(page: Page) -> None:
    assert words_in(page, "km") == NO_WORDS
    save_words(page, "km", replace(WORDS, title="Khmer"), based_on=page.version, by=ADA)
    assert words_in(page, "km").title == "Khmer"


def test_words_that_an_open_page_cannot_show_are_refused(page: Page) -> None:
    page.state = PageState.OPEN
    db.session.commit()
    with pytest.raises(PageNotReady):
        save_words(page, "en", replace(words_in(page, "en"), title=""), based_on=1, by=ADA)


def test_writers_of_waiting_letters_are_asked_when_the_letter_of_an_open_page_changes(
    page: Page, held: list[str]
) -> None:
    typed = replace(words_in(page, "en"), letter={"subject": "S", "body": "Other words.", "points": []})
    assert save_words(page, "en", typed, based_on=1, by=ADA).held == 0
    page.state = PageState.OPEN
    db.session.commit()
    again = replace(typed, letter={"subject": "S", "body": "Other words again.", "points": []})
    assert save_words(page, "en", again, based_on=2, by=ADA).held == 3
    assert save_words(page, "en", replace(again, title="Other title"), based_on=3, by=ADA).held == 0
    assert held == ["free-her"]


def test_a_draft_belongs_to_a_member_of_staff(page: Page) -> None:
    with pytest.raises(ValueError, match="member of staff"):
        keep_draft(page, "en", WORDS, Seen(1), by=Actor(Role.OPERATOR))
