import pytest
from flask import Flask

from actions.pages.model_letters import ONLY_LETTERS, ModelLetter, letter_in, model_letters
from tests.factories.pages import add_wording, make_page

LETTER = {
    "subject": "Please release her",
    "body": "I ask you to release her.",
    "points": [],
    "subject_de": "Lassen Sie sie frei",
    "body_de": "Ich bitte Sie, sie freizulassen.",
    "sentences_de": ["Sie ist krank."],
    "subject_fr": "Libérez-la",
}


@pytest.mark.requirement("A-13")
def test_a_page_has_letters_in_its_languages_and_in_others_that_it_does_not_speak(app: Flask) -> None:
    page = make_page()
    page.version = 2
    add_wording(page, letter=LETTER)
    add_wording(page, "km", letter={"subject": "ក", "body": "ខ", "points": []})
    add_wording(page, "ar", letter={"subject": "", "body": ""})
    found = model_letters(page)
    assert list(found) == ["en", "km", "de"], "French lacks its text, Arabic both"
    assert found["de"] == ModelLetter(
        "de", "Lassen Sie sie frei", "Ich bitte Sie, sie freizulassen.", ("Sie ist krank.",)
    )
    assert found["de"].ours == ("Ich bitte Sie, sie freizulassen.", "Sie ist krank.")


def test_the_languages_of_letters_alone_are_the_ones_that_no_page_speaks() -> None:
    assert ONLY_LETTERS == ("de", "fr", "es")


@pytest.mark.parametrize("words", [{}, {"subject": None, "body": None}, {"subject": "x", "body": ""}])
def test_half_a_letter_is_none(words: dict[str, str]) -> None:
    assert letter_in(words, "en") is None
