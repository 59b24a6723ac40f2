from collections import Counter

import pytest
from flask import Flask

from actions.extensions import db
from actions.letters import bundle_sheet
from actions.letters.models import Bundle, NameShown
from actions.pages.models import Page
from tests.factories.bundles import bound, page_with_bundles, write
from tests.factories.pages import add_wording


@pytest.fixture
def bundle(app: Flask) -> Bundle:
    page, target = page_with_bundles(demonstration=True)
    write(page, target, "Ann")
    return bound(page, target)


def test_an_address_stands_under_the_full_name_alone(app: Flask) -> None:
    said = {one: bundle_sheet.answers_to(one, "ann@example.org", "en") for one in NameShown}
    assert said == {
        NameShown.FULL: "Answers to: ann@example.org",
        NameShown.INITIALS: "",
        NameShown.ORGANISATION: "",
    }
    assert bundle_sheet.answers_to(NameShown.FULL, None, "en") == ""


def test_the_cover_counts_by_name_and_country_and_says_what_is_made_up(bundle: Bundle) -> None:
    countries = Counter({"": 2, "DE": 3, "KH": 1})
    cover = bundle_sheet.cover(bundle, (Counter({"full": 4, "initials": 2}), countries))
    assert cover["numbers"] == ["4 under the full name", "2 under initials"]
    assert cover["countries"] == ["Germany: 3", "Cambodia: 1", "Elsewhere: 2"]
    assert cover["demonstration"] == "Demonstration: made-up people"


@pytest.mark.parametrize("language", ["km", "ar"])
def test_cover_and_contents_speak_the_language_of_the_page(bundle: Bundle, language: str) -> None:
    numbers = Counter({"full": 1}), Counter({"DE": 1})
    english = bundle_sheet.cover(bundle, numbers)
    assert bundle_sheet.language_of_bundle(bundle) == ("en", False)
    page = db.session.get_one(Page, bundle.page_id)
    add_wording(page, language)
    page.default_language = language
    assert bundle_sheet.language_of_bundle(bundle) == (language, language == "ar")
    theirs = bundle_sheet.cover(bundle, numbers)
    for name in ("heading", "letters_word", "numbers", "countries_heading", "foot"):
        assert theirs[name] != english[name]
    entries = [{"number": 1, "writer": "Ann", "page": 1}]
    assert bundle_sheet.contents(bundle, entries, 2)["heading"] not in {"", "Contents"}
    assert bundle_sheet.contents(bundle, [entries[0] | {"number": 2}], 3)["heading"] == ""
