import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.letters.models import NameShown
from actions.letters.wording import LONGEST_FROM_NAME, LetterWords, from_name, initials, suggested, written_name
from actions.targets.models import Target
from tests.factories.pages import add_wording, make_page


def test_the_model_letter_is_the_pages_and_the_form_of_address_the_targets(target: Target) -> None:
    found = suggested(make_page(targets=[target]), target, "en")
    assert found.words == LetterWords(
        "Please release her", "Your Excellency,", "I ask you to release her.", "Yours respectfully,"
    )


def test_a_target_is_written_to_in_a_language_that_it_reads(target: Target) -> None:
    page = make_page(targets=[target])
    add_wording(page, "km", letter={"subject": "ក", "body": "ខ", "points": ["គ"]})
    assert suggested(page, target, "km").language == "en"
    target.forms = target.forms | {"km": {"salutation": "ជូន", "close": "គោរព"}}
    found = suggested(page, target, "km")
    assert (found.language, found.words.salutation, found.points) == ("km", "ជូន", ("គ",))
    assert suggested(page, target, "ar").language == "en"


GERMAN = {"subject_de": "Lassen Sie sie frei", "body_de": "Ich bitte Sie, sie freizulassen."}
FORM_OF_ADDRESS = {"salutation": "Exzellenz,", "close": "Hochachtungsvoll"}


@pytest.mark.requirement("A-13")
def test_a_letter_may_be_in_a_language_that_no_page_speaks(target: Target) -> None:
    page = make_page(targets=[target])
    page.version = 2
    add_wording(page, letter={"subject": "Please release her", "body": "I ask you.", "points": []} | GERMAN)
    assert suggested(page, target, "en", "de").language == "en", "its target cannot be addressed in German yet"
    target.forms = target.forms | {"de": FORM_OF_ADDRESS}
    chosen = suggested(page, target, "en", "de")
    assert (chosen.language, chosen.offered) == ("de", ("en", "de"))
    assert chosen.words == LetterWords(
        "Lassen Sie sie frei", "Exzellenz,", "Ich bitte Sie, sie freizulassen.", "Hochachtungsvoll"
    )
    assert suggested(page, target, "en", "xx").language == "en"
    target.forms, target.languages = {"de": FORM_OF_ADDRESS}, ["de"]
    only = suggested(page, target, "en")
    assert (only.language, only.offered) == ("de", ("de",))


def test_where_no_letter_fits_its_target_it_is_the_pages_own(target: Target) -> None:
    target.forms, target.languages = {"fr": FORM_OF_ADDRESS}, ["fr"]
    found = suggested(make_page(targets=[target]), target, "km")
    assert (found.language, found.words.body, found.offered) == ("en", "I ask you to release her.", ())


@pytest.mark.parametrize(
    ("language", "written", "sender"),
    [
        ("de", "Eine Person, die Open Door Fund unterstützt", "Ann über Open Door Fund"),
        ("fr", "Une personne qui soutient Open Door Fund", "Ann via Open Door Fund"),
        ("es", "Una persona que apoya a Open Door Fund", "Ann por medio de Open Door Fund"),
    ],
)
def test_its_writer_is_named_in_the_letters_language(target: Target, language: str, written: str, sender: str) -> None:
    assert written_name("Ann", "Lee", NameShown.ORGANISATION, language) == written
    assert from_name("Ann", NameShown.FULL, target, language) == sender


def test_a_letter_reads_from_its_salutation_to_its_name() -> None:
    assert LetterWords("S", "Dear", "Body", "").text("Ann") == "Dear\n\nBody\n\nAnn"
    words = LetterWords("S", "ជូន", "خ", "…")
    assert LetterWords.from_json(words.to_json()) == words


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("Ann", "Lee", "A. L."),
        ("Ann", "", "A."),
        ("U\u0308rsula", "Ñandú", "U\u0308. Ñ."),
        ("سارة", "علي", "س. ع."),
        ("កូប", "សុខា", "កូ. សុ."),
    ],
)
def test_initials_keep_the_marks_of_their_letter(first: str, last: str, expected: str) -> None:
    assert initials(first, last) == expected


@pytest.mark.requirement("L-02")
@pytest.mark.parametrize(
    "pretender", ["Open Door Fund", "OPEN DOOR FUND", "Ambassador Example", "ａｍｂａｓｓａｄｏｒ example", "  ", "<@>"]
)
def test_nobody_passes_for_us_or_for_the_office(target: Target, pretender: str) -> None:
    assert from_name(pretender, NameShown.FULL, target, "en") == "A supporter via Open Door Fund"


@pytest.mark.requirement("L-02")
def test_a_name_brings_no_marks_and_no_links_into_the_header(target: Target) -> None:
    hostile = 'Ann <evil@x.test>, "Lee"; https://evil.test'
    assert from_name(hostile, NameShown.FULL, target, "en") == "Ann evil x.test Lee via Open Door Fund"


@pytest.mark.requirement("L-02")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(name=st.text(max_size=300))
def test_a_name_in_the_header_is_short_and_says_that_we_send(target: Target, name: str) -> None:
    shown = from_name(name, NameShown.FULL, target, "en")
    assert len(shown) <= LONGEST_FROM_NAME
    assert shown.endswith(" via Open Door Fund")
    assert not set('@<>",;:') & set(shown)


def test_a_name_is_written_as_its_writer_chose(app: Flask, target: Target) -> None:
    assert written_name("Ann", "Lee", NameShown.FULL, "en") == "Ann Lee"
    assert written_name("Ann", "Lee", NameShown.INITIALS, "en") == "A. L."
    assert written_name("Ann", "Lee", NameShown.ORGANISATION, "en") == "A supporter of Open Door Fund"
