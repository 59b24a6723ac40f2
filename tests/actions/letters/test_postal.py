from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.letters.postal import (
    PostalAddress,
    envelope_lines,
    letter_date,
    paper_for,
    place_and_date,
    sender_lines,
    with_form,
)

EMBASSY = (
    "His Excellency Mr. Hem Heng",
    "Ambassador Extraordinary and Plenipotentiary",
    "Royal Embassy of Cambodia",
    "4530 16th Street, NW",
    "Washington, DC 20011",
)
RELEASE = date(2014, 7, 22)


def test_at_home_the_target_s_block_is_exactly_as_given() -> None:
    assert envelope_lines(EMBASSY, "US", "US", "en") == list(EMBASSY)


@pytest.mark.parametrize(
    ("language", "last"),
    [
        ("en", "UNITED STATES"),
        ("de", "VEREINIGTE STAATEN"),
        ("fr", "ÉTATS-UNIS"),
        ("km", "UNITED STATES"),
        ("ar", "UNITED STATES"),
        ("el", "UNITED STATES"),
        ("pt-BR", "ESTADOS UNIDOS"),
        ("nonsense", "UNITED STATES"),
    ],
)
def test_from_abroad_the_country_goes_last_in_capitals_a_sorter_can_read(language: str, last: str) -> None:
    assert envelope_lines(EMBASSY, "US", "DE", language) == [*EMBASSY, last]


def test_turkish_capitals_keep_their_dot() -> None:
    assert envelope_lines((), "NO", "TR", "tr") == ["NORVEÇ"]
    assert envelope_lines((), "SY", "TR", "tr") == ["SURİYE"]


@pytest.mark.parametrize(("country", "name"), [("MM", "MYANMAR"), ("HK", "HONG KONG"), ("CI", "CÔTE D’IVOIRE")])
def test_a_menu_s_name_becomes_an_envelope_s(country: str, name: str) -> None:
    assert envelope_lines((), country, "US", "en") == [name]


def test_a_block_that_names_its_country_is_not_given_a_second_one() -> None:
    assert envelope_lines(("Berlin", "Germany"), "DE", "US", "en") == ["Berlin", "Germany"]
    assert envelope_lines(("Berlin", "DEUTSCHLAND "), "DE", "AT", "de") == ["Berlin", "DEUTSCHLAND "]
    assert envelope_lines(("Washington", "U.S.A."), "US", "DE", "de") == ["Washington", "U.S.A."]


@pytest.mark.parametrize("code", ["ZZ", "QO", "X", ""])
def test_an_invented_country_adds_no_line(code: str) -> None:
    assert envelope_lines(("1 Harbour Road",), code, "US", "en") == ["1 Harbour Road"]


def test_an_office_in_the_letters_language_stands_once_whatever_the_directory_calls_it() -> None:
    lines = ("Excmo. Sr. D. Tavo Brens", "Embajador Extraordinario", "Calle del Ejemplo, 1", "00000 Madrid")
    assert with_form(lines, "Excmo. Sr. D. Tavo Brens\nEmbajador Extraordinario", ("Tavo Brens", "Ambassador")) == [
        *lines
    ]


def test_a_territory_is_served_by_its_country_s_post() -> None:
    assert envelope_lines(EMBASSY, "US", "PR", "en") == list(EMBASSY)
    assert envelope_lines(("Papeete",), "PF", "FR", "fr") == ["Papeete"]
    assert envelope_lines(("Papeete",), "PF", "US", "fr") == ["Papeete", "POLYNÉSIE FRANÇAISE"]


def test_a_writer_s_address_follows_the_country_s_format() -> None:
    assert sender_lines("Ann Lee", PostalAddress("12 Elm St\nApt 4", "Oakland", "CA", "94601"), "US") == [
        "Ann Lee",
        "12 Elm St",
        "Apt 4",
        "Oakland, CA 94601",
    ]
    home = PostalAddress("Sonnenallee 7", "Berlin", "", "12047")
    assert sender_lines("Jana Weiß", home, "DE") == ["Jana Weiß", "Sonnenallee 7", "12047 Berlin"]


def test_abroad_the_writer_s_country_stands_last_so_that_one_can_answer() -> None:
    home = PostalAddress("Sonnenallee 7", "Berlin", "", "12047")
    assert sender_lines("Jana", home, "DE", target_country="US", language="en")[-1] == "GERMANY"
    assert sender_lines("Jana", home, "DE", target_country="US", language="de")[-1] == "DEUTSCHLAND"
    assert sender_lines("Jana", home, "DE", target_country="DE")[-1] == "12047 Berlin"
    assert sender_lines("Jana", PostalAddress(), "DE", target_country="US") == ["Jana"]


def test_a_prefix_or_comma_goes_away_with_its_field_and_is_not_doubled() -> None:
    assert sender_lines("", PostalAddress(city="Oakland"), "US") == ["Oakland"]
    assert sender_lines("", PostalAddress(city="Oakland", postal_code="94601"), "US") == ["Oakland 94601"]
    assert sender_lines("", PostalAddress(city="Bern", postal_code="3011"), "CH") == ["CH-3011 Bern"]
    assert sender_lines("", PostalAddress(city="Bern", postal_code="CH-3011"), "CH") == ["CH-3011 Bern"]
    assert sender_lines("", PostalAddress(city="Bern"), "CH") == ["Bern"]


def test_japan_is_written_its_own_way_in_japanese_and_ours_in_latin_letters() -> None:
    assert sender_lines("山田", PostalAddress("千代田1-1", "", "東京都", "100-0001"), "JP") == [
        "山田",
        "〒100-0001",
        "東京都",
        "千代田1-1",
    ]
    assert sender_lines("Yamada", PostalAddress("1-1 Chiyoda", "", "Tokyo", "100-0001"), "JP") == [
        "Yamada",
        "1-1 Chiyoda, Tokyo",
        "100-0001",
    ]


@given(
    street=st.text(min_size=1),
    city=st.text(),
    region=st.text(),
    code=st.text(),
    country=st.sampled_from(["US", "DE", "GB", "JP", "HK", "KH", "CH", "SG", "AX", "CN", "AE", "ZZ", "", "../x", "é"]),
)
def test_no_address_is_refused_and_nothing_typed_is_lost(
    street: str,
    city: str,
    region: str,
    code: str,
    country: str,
) -> None:
    lines = sender_lines("Ann", PostalAddress(street, city, region, code), country, target_country="FR")
    printed = "".join("".join(lines).split())
    for typed in (street, city, region, code):
        assert "".join(typed.split()) in printed


def test_the_sheet_is_the_one_in_the_writer_s_printer() -> None:
    assert {paper_for(country) for country in ("US", "us", "CA", "MX", "PH", "PR", "CL")} == {"us-letter"}
    assert {paper_for(country) for country in ("DE", "GB", "KH", "SY", "BR", "ZZ", "")} == {"a4"}


@pytest.mark.parametrize(
    ("language", "country", "written"),
    [
        ("en", "US", "July 22, 2014"),
        ("en", "GB", "22 July 2014"),
        ("en", "DE", "22 July 2014"),
        ("en", "KH", "22 July 2014"),
        ("en", "", "22 July 2014"),
        ("de", "DE", "22. Juli 2014"),
        ("de", "US", "22. Juli 2014"),
        ("km", "KH", "ថ្ងៃទី22 ខែកក្កដា ឆ្នាំ2014"),
        ("ar", "EG", "22 يوليو 2014"),
        ("ar", "SY", "22 تموز 2014"),
        ("nonsense", "US", "July 22, 2014"),
        ("de", "nowhere", "22. Juli 2014"),
    ],
)
def test_the_date_is_written_as_at_the_head_of_a_letter(language: str, country: str, written: str) -> None:
    assert letter_date(RELEASE, language, country) == written


@pytest.mark.parametrize(
    ("language", "country", "town", "written"),
    [
        ("en", "GB", "London", "22 July 2014"),
        ("de", "DE", "Berlin", "Berlin, den 22. Juli 2014"),
        ("de", "DE", "", "22. Juli 2014"),
        ("fr", "FR", "Paris", "Paris, le 22 juillet 2014"),
        ("fr", "FR", " ", "Le 22 juillet 2014"),
        ("es", "MX", "México", "México, 22 de julio de 2014"),
        ("ar", "EG", "القاهرة", "القاهرة، في 22 يوليو 2014"),
        ("ar", "DE", "Berlin", "22 يوليو 2014"),
        ("km", "KH", "ភ្នំពេញ", "ភ្នំពេញ ថ្ងៃទី22 ខែកក្កដា ឆ្នាំ2014"),
        ("de", "GR", "Αθήνα", "22. Juli 2014"),
        ("de", "DE", "{date} {x}", "{date} {x}, den 22. Juli 2014"),
        ("nonsense", "US", "Reno", "July 22, 2014"),
    ],
)
def test_place_and_date_stand_as_the_letters_language_has_them(
    language: str, country: str, town: str, written: str
) -> None:
    assert place_and_date(town, RELEASE, language, country) == written


def test_french_counts_the_first_of_a_month() -> None:
    assert place_and_date("Lyon", date(2026, 1, 1), "fr", "FR") == "Lyon, le 1er janvier 2026"
    assert place_and_date("", date(2026, 1, 11), "fr", "FR") == "Le 11 janvier 2026"
