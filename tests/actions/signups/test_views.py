import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.signups.models import Signup
from actions.supporters.models import Supporter
from tests.factories.forms import fields_of, send_form
from tests.factories.organisation import make_list, make_organisation


@pytest.fixture(autouse=True)
def organisation(app: Flask) -> None:
    make_organisation()
    make_list()


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.requirement("C-35", "C-32")
def test_the_page_shows_what_one_agrees_to_and_ticks_nothing(client: FlaskClient) -> None:
    shown = client.get("/join")
    assert shown.status_code == 200
    assert "I agree to list." in shown.text
    assert "checked" not in shown.text
    assert "Open Door Fund" in shown.text


@pytest.mark.requirement("A-01")
def test_the_page_needs_no_script_and_no_cookie(client: FlaskClient) -> None:
    shown = client.get("/join")
    assert "Set-Cookie" not in shown.headers
    assert "<script" not in shown.text


@pytest.mark.requirement("A-02", "A-03")
def test_a_refused_form_keeps_what_was_typed_and_says_where_it_is_wrong(client: FlaskClient) -> None:
    answer = send_form(client, "/join", "/join", email="nobody", first_name="Ann", country="KH")
    assert answer.status_code == 422
    assert 'value="nobody"' in answer.text
    assert 'value="Ann"' in answer.text
    assert re.search(r'<option selected value="KH"', answer.text)
    described = re.findall(r'aria-describedby="([^"]+)"', answer.text)
    assert described
    assert all(f'id="{one}"' in answer.text for each in described for one in each.split())
    assert (count(Supporter), count(Signup), count(Delivery)) == (0, 0, 0)


@pytest.mark.requirement("W-12")
def test_what_was_typed_is_never_markup(client: FlaskClient) -> None:
    answer = send_form(client, "/join", "/join", email='"><script>x</script>', first_name="{{7*7}}<b>")
    assert "<script>x" not in answer.text
    assert "{{7*7}}&lt;b&gt;" in answer.text


def test_a_form_stamped_for_another_page_is_not_taken(client: FlaskClient) -> None:
    typed = fields_of(client.get("/join").text, "/join")
    assert client.post("/join", data={**typed, "stamp": "x", "email": "ann@example.org"}).status_code == 422
    assert count(Signup) == 0


@pytest.mark.requirement("A-12")
@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("km", "ltr")])
def test_the_whole_way_is_in_the_language_that_was_chosen(client: FlaskClient, language: str, direction: str) -> None:
    page = f"/join?lang={language}"
    refused = send_form(client, page, "/join", email="nobody")
    taken = send_form(client, page, "/join", email="ann@example.org")
    for answer in (refused, taken, client.get(f"/join/thanks?lang={language}")):
        assert f'<html lang="{language}" dir="{direction}"' in answer.text
    assert db.session.scalars(select(Delivery.language)).one() == language


@pytest.mark.requirement("C-14")
def test_the_mail_to_an_address_holds_no_word_of_who_typed_it(client: FlaskClient) -> None:
    from_form = send_form(client, "/join", "/join", email="ann@example.org", first_name="Canary Heron")
    assert from_form.status_code == 200
    values = db.session.scalars(select(Delivery)).one().values
    assert values is not None
    assert "Canary" not in values
