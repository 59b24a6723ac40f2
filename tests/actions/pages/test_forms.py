from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from werkzeug.datastructures import MultiDict

from actions.pages.forms import DetailsForm, OpeningForm, StartForm, WordsForm
from actions.pages.models import PageKind
from actions.pages.words import NO_WORDS
from tests.factories.page_words import WORDS
from tests.factories.pages import make_page

PHNOM_PENH = ZoneInfo("Asia/Phnom_Penh")
pytestmark = pytest.mark.usefixtures("app")


def test_a_start_needs_a_title_and_a_state() -> None:
    form = StartForm(MultiDict({"kind": "letter", "title": "", "country": "", "language": "en"}))
    assert not form.validate()
    assert set(form.errors) == {"title", "country"}
    right = StartForm(MultiDict({"kind": "letter", "title": " Free  her ", "country": "KH", "language": "km"}))
    assert right.validate()
    assert (right.start().title, right.start().kind) == ("Free her", PageKind.LETTER)


def test_the_last_day_ends_where_its_writer_is() -> None:
    page = make_page(action_until=None)
    form = DetailsForm.of(page, PHNOM_PENH)
    form.last_day.data = date(2030, 5, 1)
    assert form.details(page, PHNOM_PENH).action_until == datetime(2030, 5, 1, 17, tzinfo=UTC)
    page.action_until = datetime(2030, 5, 1, 17, tzinfo=UTC)
    assert DetailsForm.of(page, PHNOM_PENH).last_day.data == date(2030, 5, 1)


def test_details_that_were_not_touched_stay_to_the_microsecond() -> None:
    page = make_page(country="XD", number="UA 1/26")
    details = DetailsForm.of(page, PHNOM_PENH).details(page, PHNOM_PENH)
    assert all(getattr(details, name) == getattr(page, name) for name in details.__dataclass_fields__)
    assert "XD" in dict(DetailsForm.of(page, PHNOM_PENH).country.choices)


@pytest.mark.parametrize(
    ("field", "value"), [("goal", "0"), ("slug", "No Slug"), ("retention_months", ""), ("least_own_share", "91")]
)
def test_what_no_page_can_have_is_refused(field: str, value: str) -> None:
    page = make_page()
    typed = {"slug": "x", "country": "KH", "goal": "5", "retention_months": "6"} | {field: value}
    form = DetailsForm.of(page, PHNOM_PENH, MultiDict(typed))
    assert not form.validate()
    assert set(form.errors) == {field}


def test_an_opening_is_a_moment_where_its_writer_is() -> None:
    form = OpeningForm(MultiDict({"opens_at": "2030-05-01T09:30"}))
    assert form.validate()
    assert form.moment(PHNOM_PENH) == datetime(2030, 5, 1, 2, 30, tzinfo=UTC)


def test_words_come_back_from_their_form_as_they_were() -> None:
    form = WordsForm.of(WORDS)
    assert form.words(WORDS, WORDS.blocks) == WORDS


def test_letters_in_languages_that_no_page_speaks_come_back_too_and_go_when_they_are_emptied() -> None:
    letter = WORDS.letter | {"sentences": ["One.", "Two."], "body_de": "Bitte.", "sentences_de": ["Eins.", "Zwei."]}
    words = replace(WORDS, letter=letter)
    assert WordsForm.of(words).words(words, words.blocks) == words
    typed = MultiDict({"letter_subject": "S", "letter_body": "B", "letter_body_fr": "Texte.\r\n"})
    assert WordsForm(typed).words(words, []).letter == {
        "subject": "S",
        "body": "B",
        "points": [],
        "body_fr": "Texte.",
    }


def test_what_is_typed_is_cleaned() -> None:
    typed = MultiDict(
        {
            "title": "Free\0 her  now",
            "summary": "One.\r\n\r\nTwo. ",
            "petition_addressees": "The King\r\n\r\n The Queen ",
            "letter_body": "x",
        }
    )
    words = WordsForm(typed).words(NO_WORDS, [])
    assert (words.title, words.summary) == ("Free her now", "One.\n\nTwo.")
    assert words.petition["addressees"] == ["The King", "The Queen"]
    assert (words.privacy, words.notes, words.lead) == ({}, {}, {})


def test_a_letter_may_not_fill_the_database() -> None:
    assert not WordsForm(MultiDict({"letter_body": "x" * 20_001})).validate()
