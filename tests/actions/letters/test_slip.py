from typing import Any

import pytest
from flask import Flask

from actions.letters.paper_form import PaperForm
from actions.letters.prefilling import paper_form
from actions.letters.slip import posting_url, slip, steps
from actions.pages.models import Page
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target

TYPED = {"target": "ambassador", "first_name": "Ann", "last_name": "Lee"}


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    make_list()
    return make_page(targets=[make_target()])


def form_of(app: Flask, page: Page, language: str = "en", **typed: str) -> PaperForm:
    with app.test_request_context(method="POST", data=TYPED | typed):
        return paper_form(page, language)


@pytest.mark.parametrize(("paper", "envelope"), [("us-letter", "no. 10"), ("a4", "DL or C6/5")])
def test_the_steps_are_those_of_the_sheet_and_of_the_way(app: Flask, page: Page, paper: Any, envelope: str) -> None:
    form = form_of(app, page, country="DE")
    said = steps(form, form.chosen[0], paper)
    assert any(envelope in step for step in said)
    assert any("It goes abroad" in step for step in said)
    home = form_of(app, page, country="US")
    assert any("It stays in your country" in step for step in steps(home, home.chosen[0], paper))


def test_it_speaks_its_writers_language_and_leads_back_in_it(app: Flask, page: Page) -> None:
    form = form_of(app, page, "ar", country="DE")
    made = slip(form, form.chosen[0], page, "a+token")
    assert (made.language, made.url) == ("ar", posting_url(page, "a+token", "ar"))
    assert made.url.endswith("/a/free-her/posted?posting=a%2Btoken&lang=ar")
    assert "<svg" in made.code
    assert not made.heading.isascii()
