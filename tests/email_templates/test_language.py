from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from email_templates.language import (
    LANGUAGES,
    UnknownLanguage,
    WrongPlurals,
    countries,
    country_name,
    direction,
    format_date,
    format_moment,
    format_number,
    language_of,
    letter_language_of,
    translations,
)

ARABIC = """
msgid ""
msgstr ""
"Plural-Forms: nplurals=6; plural="
"(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);\\n"

msgid "Hello"
msgstr "مرحبا"

msgid "%(num)s person"
msgid_plural "%(num)s people"
msgstr[0] "zero"
msgstr[1] "one"
msgstr[2] "two"
msgstr[3] "few"
msgstr[4] "many"
msgstr[5] "other"
"""


@pytest.fixture
def catalogue_folder(tmp_path: Path) -> Path:
    (tmp_path / "ar.po").write_text(ARABIC, encoding="utf-8")
    return tmp_path


def test_english_is_the_sentence_itself_and_needs_no_file(catalogue_folder: Path) -> None:
    english = translations(catalogue_folder, "en")
    assert english.gettext("Hello") == "Hello"
    assert [english.ngettext("person", "people", n) for n in (0, 1, 2)] == ["people", "person", "people"]


def test_arabic_has_six_plural_forms(catalogue_folder: Path) -> None:
    arabic = translations(catalogue_folder, "ar")
    assert arabic.gettext("Hello") == "مرحبا"
    forms = [arabic.ngettext("%(num)s person", "%(num)s people", n) for n in (0, 1, 2, 3, 11, 100)]
    assert forms == ["zero", "one", "two", "few", "many", "other"]


def test_texts_are_read_once(catalogue_folder: Path) -> None:
    assert translations(catalogue_folder, "ar") is translations(catalogue_folder, "ar")


def test_an_unknown_language_is_named(catalogue_folder: Path) -> None:
    with pytest.raises(UnknownLanguage, match="'tlh'"):
        translations(catalogue_folder, "tlh")


def test_a_language_without_its_file_does_not_fall_through_to_english(catalogue_folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        translations(catalogue_folder, "km")


def test_a_file_without_its_plural_rule_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ar.po").write_text('msgid ""\nmsgstr "Language: ar\\n"\n', encoding="utf-8")
    with pytest.raises(WrongPlurals):
        translations(tmp_path, "ar")


@pytest.mark.parametrize(
    ("code", "expected"),
    [("en", "ltr"), ("ar", "rtl"), ("km", "ltr"), ("he", "rtl"), ("fr", "ltr"), ("pt-BR", "ltr")],
)
def test_every_language_has_a_direction_even_one_no_page_speaks(code: str, expected: str) -> None:
    assert direction(code) == expected


def test_a_string_that_is_no_language_has_no_direction() -> None:
    with pytest.raises(UnknownLanguage):
        direction("x!")


def test_dates_are_written_as_their_readers_write_them() -> None:
    released = date(2014, 7, 22)
    assert format_date(released, "en") == "22 July 2014"
    assert format_date(released, "ar") == "22 يوليو 2014"
    assert format_date(released, "km") == "ថ្ងៃទី22 ខែកក្កដា ឆ្នាំ2014"


def test_a_moment_says_its_zone() -> None:
    assert format_moment(datetime(2014, 7, 22, 15, 4, tzinfo=UTC), "en") == "22 July 2014, 15:04 UTC"


def test_numbers_are_grouped() -> None:
    assert format_number(12408, "en") == "12,408"


def test_countries_are_named_in_every_language() -> None:
    assert {country_name("KH", code) for code in LANGUAGES} == {"Cambodia", "كمبوديا", "កម្ពុជា"}
    assert country_name("QX", "en") == "QX"


def test_the_list_of_countries_holds_countries_only_in_the_order_of_their_names() -> None:
    codes = [code for code, _ in countries("en")]
    assert {"KH", "DE", "US"} <= set(codes)
    assert not {"EU", "UN", "ZZ"} & set(codes)
    assert codes[0] == "AF"


def test_a_letter_may_be_in_a_language_that_nothing_else_speaks() -> None:
    assert letter_language_of("de").name_in_itself == "Deutsch"
    assert letter_language_of("km") is LANGUAGES["km"]
    with pytest.raises(UnknownLanguage):
        language_of("de")
    with pytest.raises(UnknownLanguage):
        letter_language_of("xx")
