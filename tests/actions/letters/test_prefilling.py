from flask import Flask

from actions.actors import OPERATOR
from actions.extensions import db
from actions.letters.holding import hold_for_new_words
from actions.letters.prefilling import letter_form, paper_form
from actions.pages.models import Page
from actions.targets.models import Target
from tests.factories.letters import make_letter, make_supporter
from tests.factories.pages import add_wording


def test_whoever_proved_the_mailbox_types_nothing_twice(app: Flask, page: Page) -> None:
    with app.test_request_context("/?next=token"):
        form = letter_form(page, "en", proven=make_supporter())
    assert (form.first_name.data, form.country.data, form.next.data) == ("Ann", "DE", "token")
    assert "email" not in form
    assert form.stamp.data


def test_a_letter_that_waits_for_its_writer_can_be_changed(app: Flask, page: Page, target: Target) -> None:
    ann = make_supporter()
    make_letter(page, target, ann)
    page.version = 2
    add_wording(page, letter={"subject": "Please drop the charges", "body": "Drop the charges."})
    hold_for_new_words(page, by=OPERATOR)
    db.session.commit()
    with app.test_request_context():
        assert letter_form(page, "en", proven=ann).body.data == "I ask you to release her."
        assert letter_form(page, "en").body.data == "Drop the charges."


def test_boxes_say_what_they_are_about_and_are_empty(app: Flask, page: Page) -> None:
    with app.test_request_context():
        form = letter_form(page, "en")
    assert form.news.label.text == "I agree to case_news."
    assert not form.news.data
    assert not form.join.data


def test_paper_takes_what_the_request_holds(app: Flask, page: Page) -> None:
    with app.test_request_context(method="POST", data={"body": "My words", "street": "Elm 3"}):
        form = paper_form(page, "en")
    assert (form.body.data, form.street.data) == ("My words", "Elm 3")
