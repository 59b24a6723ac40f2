from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.extensions import db
from actions.rendering import environment, form_errors, gettext, marked, ngettext, render_page, request_language, words
from tests.factories.organisation import make_organisation


@pytest.mark.parametrize(
    ("path", "accepted", "wanted"),
    [
        ("/", "", "en"),
        ("/?lang=km", "ar", "km"),
        ("/?lang=tlh", "ar", "ar"),
        ("/?lang=", "fr, km;q=0.5", "km"),
        ("/", "ar-EG, en;q=0.1", "ar"),
        ("/", "xx", "en"),
        ("/?lang=../../etc", "", "en"),
    ],
)
@pytest.mark.requirement("A-12")
def test_a_page_is_in_the_language_that_was_asked_for_else_in_the_browsers(
    app: Flask, path: str, accepted: str, wanted: str
) -> None:
    with app.test_request_context(path, headers={"Accept-Language": accepted}):
        assert request_language() == wanted


def test_only_a_language_on_offer_is_given(app: Flask) -> None:
    with app.test_request_context("/?lang=ar", headers={"Accept-Language": "ar"}):
        assert request_language(("en", "km"), fallback="km") == "km"


def test_a_form_remembers_the_language_of_its_page(app: Flask) -> None:
    with app.test_request_context("/join", method="POST", data={"lang": "km"}, headers={"Accept-Language": "ar"}):
        assert request_language() == "km"


@pytest.mark.requirement("A-09", "A-12")
@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("km", "ltr")])
def test_a_page_says_its_language_and_direction(app: Flask, language: str, direction: str) -> None:
    make_organisation()
    with app.test_request_context("/"):
        answer = render_page("errors/not_found.html", language=language, status=404)
    html = answer.get_data(as_text=True)
    assert f'<html lang="{language}" dir="{direction}"' in html
    assert answer.status_code == 404
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]
    assert "Open Door Fund" in html


def test_a_page_is_shown_also_when_nobody_can_say_who_we_are(app: Flask, client: FlaskClient) -> None:
    """Before the organisation is set up."""
    assert client.get("/nowhere").status_code == 404


def test_code_speaks_the_readers_language(app: Flask) -> None:
    assert gettext("en", words("First name")) == "First name"
    assert gettext("ar", "First name") != "First name"
    assert gettext("en", "%(shown)s only", shown="Khmer") == "Khmer only"
    with_number = [ngettext("en", "%(number)s person", "%(number)s people", number) for number in (1, 1234)]
    assert with_number == ["1 person", "1,234 people"]


def test_numbers_and_dates_of_a_template_are_those_of_its_language(app: Flask) -> None:
    source = "{{ format_number(12408) }} {{ format_date(day) }}"
    shown = {code: environment(code).from_string(source).render(day=date(2014, 7, 22)) for code in ("en", "km")}
    assert shown["en"] == "12,408 22 July 2014"
    assert "ថ្ងៃទី" in shown["km"]


@pytest.mark.requirement("W-11", "W-12")
def test_what_the_organisation_wrote_is_cleaned_and_never_a_template(app: Flask) -> None:
    assert marked("<script>x</script><bdi onclick=x>Open Door</bdi>") == "<bdi>Open Door</bdi>"
    shown = environment("en").from_string("{{ text }}").render(text="{{ 7*7 }} <b onclick=x>")
    assert shown == "{{ 7*7 }} &lt;b onclick=x&gt;"


def test_errors_are_listed_in_the_order_of_the_form() -> None:
    assert form_errors({"email": ["a", "b"], "name": ["c"]}) == [("email", "a"), ("email", "b"), ("name", "c")]


def test_one_environment_serves_a_language(app: Flask) -> None:
    assert environment("ar") is environment("ar")
    assert environment("ar") is not environment("km")
    assert db.session is not None
