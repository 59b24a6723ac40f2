from flask import Flask

from actions.pages.listing import details_stamp, languages_of, rows, title_of
from actions.pages.models import PageState
from actions.pages.queries import targets_of, wordings
from actions.pages.readiness import checklist
from tests.factories.organisation import make_organisation
from tests.factories.pages import make_page


def test_drafts_stand_first_and_what_is_over_last(app: Flask) -> None:
    make_page("over", state=PageState.CLOSED)
    make_page("open")
    make_page("draft", state=PageState.DRAFT)
    make_page("newer")
    assert [row.page.slug for row in rows()] == ["draft", "newer", "open", "over"]
    assert rows()[0].title == "Free her"


def test_a_list_without_pages_is_empty(app: Flask) -> None:
    assert rows() == []


def test_each_language_says_what_it_lacks(app: Flask) -> None:
    make_organisation()
    page = make_page()
    words = wordings(page)
    found = languages_of(page, words, checklist(page, words, targets_of(page)))
    assert [(row.language.code, row.exists, row.missing) for row in found] == [
        ("en", True, 0),
        ("ar", False, 0),
        ("km", False, 0),
    ]
    assert title_of(page) == "Free her"


def test_other_details_have_another_stamp(app: Flask) -> None:
    page = make_page()
    before = details_stamp(page)
    page.signature_count = 7
    assert details_stamp(page) == before
    page.goal = 7
    assert details_stamp(page) != before
