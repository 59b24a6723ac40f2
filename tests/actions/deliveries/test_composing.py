import pytest
from flask import Flask
from sqlalchemy import delete

from actions.deliveries import composing
from actions.deliveries.composing import (
    NothingToSay,
    SenderView,
    addresses,
    compose,
    outgoing,
    read_values,
    sender_view,
)
from actions.deliveries.models import Lane
from actions.extensions import db
from actions.organisation.models import Sender
from tests.factories.deliveries import make_delivery
from tests.factories.emails import confirmation, every_email, letter_to_target
from tests.factories.organisation import make_organisation
from tests.factories.pages import make_target
from tests.factories.supporters import make_supporter


@pytest.mark.parametrize("language", ["en", "ar", "km"])
def test_every_email_comes_back_from_its_sealed_values_as_it_was(app: Flask, language: str) -> None:
    who = make_supporter()
    for email in every_email(language):
        delivery = make_delivery(who, kind=email.folder)
        delivery.values = composing.write_values(email)
        assert read_values(delivery).email == email


def test_one_that_has_ended_has_nothing_to_say(app: Flask) -> None:
    delivery = make_delivery()
    delivery.values = None
    with pytest.raises(NothingToSay):
        read_values(delivery)


def test_an_email_goes_from_its_lane_to_the_address_that_stands_now(app: Flask) -> None:
    who = make_supporter("ada@example.org")
    delivery = make_delivery(who)
    who.email = "new@example.org"
    db.session.commit()
    made = compose([delivery])[delivery.id]
    assert (made.address, made.from_address, made.from_name) == (
        "new@example.org",
        "now@open-door.test",
        "Open Door Fund",
    )
    assert made.auto_submitted
    assert made.html
    assert "https://act.open-door.test/c/" in made.text


def test_who_was_erased_gets_nothing_more_but_the_last_mail(app: Flask) -> None:
    who = make_supporter()
    gone, last = make_delivery(who), make_delivery(who)
    last.values = composing.write_values(confirmation("en", "signup"), "last@example.org")
    who.email = None
    db.session.commit()
    assert {row: made.address for row, made in compose([gone, last]).items()} == {last.id: "last@example.org"}


@pytest.mark.requirement("L-01", "B-20")
def test_a_letter_bears_its_writers_name_and_where_to_answer(app: Flask) -> None:
    email = letter_to_target("en")
    delivery = make_delivery(target_id=make_target().id, lane=Lane.LETTERS, kind=email.folder)
    writer = SenderView("Ada via Open Door Fund", sender_view(Lane.LETTERS).address, "ada@example.org")
    made = outgoing(delivery, email, address="a@embassy.test", sender=writer)
    assert (made.from_name, made.from_address, made.reply_to) == (
        "Ada via Open Door Fund",
        "letters@open-door.test",
        "ada@example.org",
    )
    assert made.html is None
    assert not made.auto_submitted
    assert made.headers == ()


def test_addresses_of_people_and_offices_are_read_at_once(app: Flask) -> None:
    person, office = make_delivery(make_supporter("ada@example.org")), make_delivery(target_id=make_target().id)
    nowhere = make_delivery(target_id=make_target("nowhere", email=None).id)
    assert addresses([person, office, nowhere]) == {person.id: "ada@example.org", office.id: "ambassador@embassy.test"}


def test_without_a_sender_of_its_own_a_lane_uses_mail_from(app: Flask) -> None:
    db.session.execute(delete(Sender))
    sender = sender_view(Lane.NOW)
    assert (sender.name, sender.address, sender.reply_to) == ("Open Door Fund", "hello@open-door.test", None)


@pytest.fixture(autouse=True)
def organisation(app: Flask) -> None:
    make_organisation()
