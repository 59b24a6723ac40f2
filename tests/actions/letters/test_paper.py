from datetime import date

import pytest
from flask import Flask

from actions.extensions import db
from actions.letters.paper import OnPaper, on_paper
from actions.letters.prefilling import paper_form
from actions.pages.models import Page
from actions.pages.queries import targets_of
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target

DAY = date(2014, 7, 22)
TYPED = {
    "target": "ambassador",
    "first_name": "Ann",
    "last_name": "Lee",
    "street": "Lindenweg 3",
    "postal_code": "10115",
    "city": "Berlin",
}


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    make_list()
    return make_page(targets=[make_target()])


def printed(app: Flask, page: Page, **typed: str) -> OnPaper:
    with app.test_request_context(method="POST", data=TYPED | typed):
        form = paper_form(page, "en")
        return on_paper(form, form.chosen[0], page, DAY)


def test_from_abroad_the_country_goes_last_on_both_addresses(app: Flask, page: Page) -> None:
    sheet = printed(app, page, country="DE").sheet
    assert sheet.recipient_lines[-1] == "UNITED STATES"
    assert list(sheet.sender_lines) == ["Ann Lee", "Lindenweg 3", "10115 Berlin", "GERMANY"]
    assert (sheet.paper, sheet.place_and_date) == ("a4", "22 July 2014")


def test_at_home_no_country_is_named(app: Flask, page: Page) -> None:
    sheet = printed(app, page, country="US").sheet
    assert sheet.recipient_lines[-1] == "Washington, DC 20011"
    assert (sheet.paper, sheet.place_and_date) == ("us-letter", "July 22, 2014")


def test_the_text_to_copy_holds_all_that_the_sheet_holds(app: Flask, page: Page) -> None:
    paper = printed(app, page, country="DE", body="One.\n\nTwo.")
    sheet = paper.sheet
    assert sheet.body == ("One.", "Two.")
    for part in (*sheet.sender_lines, *sheet.recipient_lines, sheet.salutation, "One.\n\nTwo.", sheet.close, "Ann Lee"):
        assert part in paper.text
    assert "Open Door Fund" in sheet.small_print


def test_name_and_office_stand_as_the_letters_language_puts_them(app: Flask, page: Page) -> None:
    target = targets_of(page)[0]
    form = {"salutation": "Your Excellency,", "close": "Yours,", "envelope": "H.E. Ann Example\nAmbassador"}
    target.office, target.forms = target.lines[1], {"en": form}
    db.session.commit()
    assert list(printed(app, page, country="US").sheet.recipient_lines) == [
        *("H.E. Ann Example", "Ambassador"),
        *target.lines[2:],
    ]
