from dataclasses import replace
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from actions import clock
from actions.site.news_forms import NewsForm, problems_of, written_in
from tests.factories.blocks import typed_blocks
from tests.factories.page_words import WORDS

STORY = [{"type": "text", "html": "<p>The gate took the medicine.</p>"}]


def typed(**changes: str) -> MultiDict[str, str]:
    shown = {
        "en-title": WORDS.title,
        "en-summary": WORDS.summary,
        "en-statement": str(WORDS.petition["statement"]),
        "en-letter_subject": str(WORDS.letter["subject"]),
        "en-letter_body": str(WORDS.letter["body"]),
        "en-headline": "Her medicine has reached her",
        **typed_blocks("en-story", STORY),
    }
    return MultiDict(shown | {name.replace("__", "-", 1): value for name, value in changes.items()})


@pytest.mark.usefixtures("app")
def test_words_that_stay_as_they_are_do_not_change() -> None:
    told = written_in("en", WORDS, typed()).told
    assert told is not None
    assert (told.headline, told.changes) == ("Her medicine has reached her", {})


@pytest.mark.usefixtures("app")
def test_only_what_differs_changes() -> None:
    told = written_in("en", WORDS, typed(en__letter_body="Thank you.\r\n\r\nFree her.", en__summary="Other.")).told
    assert told is not None
    assert told.changes == {"summary": "Other.", "letter": {"body": "Thank you.\n\nFree her."}}


@pytest.mark.usefixtures("app")
def test_a_letter_in_a_language_that_no_page_speaks_changes_with_the_news() -> None:
    letters = {"subject_de": "Bitte", "body_de": "Ich bitte Sie.", "subject_fr": "", "body_fr": ""}
    with_german = replace(WORDS, letter=WORDS.letter | letters)
    same = written_in("en", with_german, typed())
    assert [one.code for one in same.form.letters_beside] == ["de"]
    assert same.told is not None
    assert same.told.changes == {}
    told = written_in("en", with_german, typed(en__letter_body_de="Ich danke Ihnen.")).told
    assert told is not None
    assert told.changes == {"letter": {"body_de": "Ich danke Ihnen."}}


@pytest.mark.usefixtures("app")
def test_without_a_headline_nothing_is_told_in_a_language() -> None:
    written = {"en": written_in("en", WORDS, typed(en__headline=" "))}
    assert written["en"].told is None
    assert problems_of(written, "en") == ["Write a headline in the page's own language."]


def test_news_of_today_is_of_now_and_of_another_day_of_its_noon(app: Flask) -> None:
    zone = ZoneInfo("Asia/Phnom_Penh")
    today = clock.now().astimezone(zone).date()
    assert abs(NewsForm(dated=today).moment(zone) - clock.now()) < timedelta(minutes=1)
    assert NewsForm(dated=date(2014, 7, 22)).moment(zone).astimezone(UTC).hour == 5
