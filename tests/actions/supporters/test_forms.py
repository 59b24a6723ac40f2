from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from actions.clock import clock
from actions.supporters.forms import (
    LONGEST_TEXT,
    PublicForm,
    address_field,
    country_field,
    line_field,
    name_field,
    text_field,
    tick_box,
)
from actions.tokens import Purpose, tokens

PLACE = "test:free-her"


class Everything(PublicForm):
    email = address_field()
    first_name = name_field("First name", missing="Please write your first name.")
    subject = line_field("Subject")
    body = text_field("Letter")
    country = country_field()
    join = tick_box()


def form(language: str = "en", place: str = PLACE, **typed: str) -> Everything:
    stamp = {"stamp": tokens.sign(Purpose.FORM, PLACE)}
    values = {"email": "ann@example.org", "first_name": "Ann"} | stamp | typed
    return Everything(MultiDict(values), language=language, place=place)


def refused(language: str = "en", **typed: str) -> Everything:
    made = form(language, **typed)
    assert not made.validate()
    return made


def test_what_was_typed_rightly_is_taken_and_cleaned(app: Flask) -> None:
    made = form(first_name="  Ann\u200b ", country="DE", body="Dear\r\nSir", join="y")
    assert made.validate()
    assert (made.first_name.data, made.body.data, made.country.data, made.join.data) == ("Ann", "Dear\nSir", "DE", True)
    assert made.address.canonical == "ann@example.org"


@pytest.mark.requirement("C-32")
def test_no_box_is_ticked_beforehand(app: Flask) -> None:
    assert form().join.data is False
    assert "checked" not in str(Everything(None, language="en", place=PLACE).join())


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ann@example.org\r\nBcc: eve@example.org"),
        ("first_name", "Ann\r\nBcc: eve@example.org"),
        ("first_name", "=?utf-8?q?Ann?="),
        ("first_name", "see http://evil.test"),
        ("first_name", "x" * 65),
        ("subject", "a\nb"),
        ("subject", "=?utf-8?q?x?="),
        ("subject", "x" * 201),
        ("body", "\0"),
        ("body", "x" * (LONGEST_TEXT + 1)),
        ("country", "XX"),
        ("first_name", ""),
        ("email", ""),
    ],
)
def test_a_refused_field_says_why_and_keeps_what_was_typed(app: Flask, field: str, value: str) -> None:
    made = refused(**{field: value})
    assert list(made.errors) == [field]
    assert made[field].data == value
    assert made[field].errors[0].endswith(".")


@pytest.mark.requirement("A-12")
@pytest.mark.parametrize("language", ["ar", "km"])
def test_labels_and_errors_are_in_the_readers_language(app: Flask, language: str) -> None:
    made = refused(language, email="nobody", first_name="", website="x", stamp="")
    for words in (made.email.label.text, *made.email.errors, *made.first_name.errors, *made.form_errors):
        assert not any("a" <= letter <= "z" for letter in words.replace("name@example.org", "").replace("website", ""))


def test_who_fills_the_field_that_nobody_sees_is_asked_to_empty_it(app: Flask) -> None:
    made = refused(website="https://evil.test")
    assert "empty" in made.form_errors[0]


@pytest.mark.requirement("C-02", "W-01")
@pytest.mark.parametrize("stamp", ["", "forged", "test:free-her.AAAA.BBBB"])
def test_a_form_that_we_did_not_make_is_not_taken(app: Flask, stamp: str) -> None:
    assert refused(stamp=stamp).form_errors


@pytest.mark.requirement("C-02", "W-01")
def test_a_stamp_serves_its_own_place_only(app: Flask) -> None:
    assert not form(place="test:another").validate()
    assert form().validate()


@pytest.mark.requirement("A-07")
def test_a_form_may_stay_open_for_two_days(app: Flask) -> None:
    made = form()
    clock.move(timedelta(hours=47))
    assert made.validate()
    clock.move(timedelta(hours=2))
    assert not made.validate()


def test_a_shown_form_carries_a_stamp_and_its_language(app: Flask) -> None:
    made = Everything(None, language="km", place=PLACE)
    made.fresh_stamp()
    assert tokens.read(Purpose.FORM, made.stamp.data) == [PLACE]
    assert made.lang.data == "km"
    assert next(iter(made.country.choices.values())) != "Choose your country"
