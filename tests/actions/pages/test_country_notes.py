import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.extensions import db
from actions.pages.country_notes import all_notes, note_on, save_note
from actions.pages.models import PageKind
from actions.pages.queries import standing_words
from actions.pages.starting import Start, begin_language, start_page
from tests.factories.organisation import make_organisation


@pytest.mark.requirement("L-14")
def test_a_page_about_a_country_that_needs_care_begins_with_its_note(app: Flask) -> None:
    make_organisation()
    save_note("KH", {"en": " Think twice if you travel there. ", "ar": "انتبه", "km": " "}, by=OPERATOR)
    start = Start(kind=PageKind.PETITION, title="Free them", country="KH", language="en")
    page = start_page(start, by=OPERATOR)
    db.session.commit()
    assert page.flagged
    assert standing_words(page)["en"].notes["safety"] == "Think twice if you travel there."
    assert begin_language(page, "ar").notes["safety"] == "انتبه"
    elsewhere = start_page(Start(kind=PageKind.PETITION, title="Other", country="FR", language="en"), by=OPERATOR)
    assert not elsewhere.flagged


def test_a_note_is_changed_and_taken_away(app: Flask) -> None:
    save_note("KH", {"en": "One"}, by=OPERATOR)
    save_note("KH", {"en": "Two", "ar": "اثنان"}, by=OPERATOR)
    assert note_on("KH") == {"en": "Two", "ar": "اثنان"}
    assert [one.country for one in all_notes()] == ["KH"]
    save_note("KH", {"en": ""}, by=OPERATOR)
    assert (note_on("KH"), all_notes()) == ({}, [])
