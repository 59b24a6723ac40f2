import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.extensions import db
from actions.lists.queries import name_in, the_lists
from actions.pages.country_notes import note_on
from actions.staff.roles import StaffRole
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import make_staff, post, sign_in

LISTS, COUNTRIES = "/desk/settings/lists", "/desk/settings/countries"


@pytest.fixture(autouse=True)
def admin(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    make_list()
    sign_in(client, make_staff(StaffRole.ADMIN))


def test_a_list_is_added_and_its_words_are_changed(client: FlaskClient) -> None:
    new = {"en-name": "Press & radio", "en-description": "News for journalists."}
    assert post(client, LISTS, LISTS, **new).status_code == 303
    assert post(client, LISTS, LISTS, **new).status_code == 303
    db.session.expire_all()
    first, second, third = the_lists()
    assert (second.slug, second.slug != third.slug) == ("press-radio", True)
    assert second.label != third.label
    assert "press" not in second.label
    changed = {"en-name": "Letters", "ar-name": "رسائل"}
    assert post(client, LISTS, f"{LISTS}/{first.id}", **changed).status_code == 303
    db.session.expire_all()
    assert (name_in(first, "en"), name_in(first, "ar"), first.label) == ("Letters", "رسائل", "l-updates")


def test_a_list_without_a_name_is_refused(client: FlaskClient) -> None:
    (first,) = the_lists()
    for path in (LISTS, f"{LISTS}/{first.id}"):
        answer = post(client, LISTS, path, **{"en-description": "Words"})
        assert answer.status_code == 422
        assert "needs a name" in answer.text
    assert len(the_lists()) == 1


def test_a_country_gets_its_note_and_loses_it(client: FlaskClient) -> None:
    assert post(client, COUNTRIES, COUNTRIES, country="KH", **{"en-note": "Take care."}).status_code == 303
    assert "Cambodia" in client.get(COUNTRIES).text
    assert "Take care." in client.get(f"{COUNTRIES}?country=KH").text
    assert post(client, COUNTRIES, COUNTRIES, country="KH").status_code == 303
    assert note_on("KH") == {}
    assert post(client, COUNTRIES, COUNTRIES, country="Nowhere", **{"en-note": "x"}).status_code == 303
    assert client.get(f"{COUNTRIES}?country=Nowhere").status_code == 200


def test_what_is_kept_is_what_the_tables_declare(client: FlaskClient) -> None:
    shown = client.get("/desk/settings/retention").text
    for said in ("until six months after the petition was handed over or closed", "28 days", "while you work here"):
        assert said in shown
