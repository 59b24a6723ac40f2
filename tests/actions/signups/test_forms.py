import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from actions.consents.models import ConsentPurpose
from actions.consents.operations import Ticked
from actions.consents.queries import text_for
from actions.signups.forms import PLACE, JoinForm
from actions.tokens import Purpose, tokens
from tests.factories.organisation import make_list, make_organisation


def form(**typed: str) -> JoinForm:
    make_organisation()
    stamped = {"stamp": tokens.sign(Purpose.FORM, PLACE), "email": "ann@example.org"} | typed
    text = text_for(ConsentPurpose.LIST, "en")
    return JoinForm(MultiDict(stamped), language="en", list_id=make_list().id, text=text)


def test_an_address_is_enough_and_the_sentence_is_the_consent(app: Flask) -> None:
    made = form()
    assert made.validate()
    wish = made.wish()
    assert (wish.address.canonical, wish.first_name, wish.country, wish.source) == ("ann@example.org", "", None, "join")
    assert wish.ticked == (Ticked(ConsentPurpose.LIST, made.text.id, list_id=made.list_id),)
    assert made.sentence == made.text.text


def test_what_was_typed_besides_is_taken(app: Flask) -> None:
    made = form(first_name=" Ann ", country="DE", source="free-her")
    assert made.validate()
    assert (made.wish().first_name, made.wish().country, made.wish().source) == ("Ann", "DE", "free-her")


@pytest.mark.requirement("P-07")
def test_where_the_form_stood_is_a_slug_and_nothing_that_names_a_person(app: Flask) -> None:
    made = form(source="Ann Lee <ann@example.org>")
    assert made.validate()
    assert made.wish().source == "join"
