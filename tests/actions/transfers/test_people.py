from datetime import UTC, datetime

import pytest
from flask import Flask

from actions.transfers.people import Person, Refusal, read_people
from tests.factories.people_rows import rows_of

HEAD = "email,first_name,last_name,country,language,consent_date\n"


def only(app: Flask, line: str) -> Person | Refusal:
    (one,) = read_people(rows_of(HEAD + line))
    return one


def test_a_row_becomes_a_person(app: Flask) -> None:
    person = only(app, "Ada@Example.ORG, Ada ,Love,France,AR,2026-05-31T10:00+02:00")
    assert isinstance(person, Person)
    assert (person.address.canonical, person.first_name, person.country) == ("Ada@example.org", "Ada", "FR")
    assert (person.language, person.consented_at) == ("ar", datetime(2026, 5, 31, 8, tzinfo=UTC))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("nobody,,,,,", "no email address"),
        ("a@b@c.org,,,,,", "no email address"),
        ("a@example.org,=HYPERLINK(1),,,,", "first_name holds what is no name"),
        ("a@example.org,,visit http://evil.example,,,", "last_name holds what is no name"),
        ('a@example.org,"a\nBcc: x@example.org",,,,', "first_name holds what is no name"),
        (f"a@example.org,{'a' * 65},,,,", "more than 64 characters"),
        ("a@example.org,,,Atlantis,,", "country is neither"),
        ("a@example.org,,,,,3/4/24", "not written as 2026-05-31"),
        ("a@example.org,,,,,2999-01-01", "lies in the future"),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(app: Flask, line: str, reason: str) -> None:
    refusal = only(app, line)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


def test_a_language_that_we_do_not_speak_is_no_reason_to_lose_somebody(app: Flask) -> None:
    person = only(app, "a@example.org,,,,tlh,")
    assert isinstance(person, Person)
    assert person.language is None


def test_a_cell_of_tags_is_read_and_a_quoted_address_is_itself_again(app: Flask) -> None:
    (one,) = read_people(rows_of("email,tags\n'+a@example.org,donor; Press\n"))
    assert isinstance(one, Person)
    assert (one.address.original, one.tags) == ("+a@example.org", ("donor", "Press"))


@pytest.mark.parametrize("cell", ["=1+1", "x" * 51, ";".join(f"t{number}" for number in range(21))])
def test_a_row_with_a_tag_that_is_none_says_why(app: Flask, cell: str) -> None:
    (one,) = read_people(rows_of(f"email,tags\na@example.org,{cell}\n"))
    assert isinstance(one, Refusal)
    assert one.reason.startswith("tags: ")
