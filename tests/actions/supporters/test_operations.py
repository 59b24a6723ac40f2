import pytest
from flask import Flask
from sqlalchemy import func, select

from actions import clock
from actions.actors import VISITOR, WORKER
from actions.addresses import parse_address
from actions.encryption import ring
from actions.extensions import db
from actions.supporters import operations
from actions.supporters.models import Supporter, SupporterState
from tests.factories.deliveries import beside
from tests.factories.supporters import make_supporter

ANN = "ann@example.org"
OLD = "old-key-0123456789abcdefghijklmnopqrstuv"
NEW = "new-key-0123456789abcdefghijklmnopqrstuv"


def add(email: str = ANN) -> Supporter:
    return operations.find_or_add(parse_address(email), language="km", source="free-her", by=VISITOR)


def test_a_new_supporter_holds_an_address_and_nothing_else(app: Flask) -> None:
    made = add()
    assert (made.state, made.email, made.language, made.source) == (SupporterState.UNCONFIRMED, ANN, "km", "free-her")
    assert (made.first_name, made.last_name, made.country, made.confirmed_at) == (None, None, None, None)


def test_the_same_address_is_the_same_supporter(app: Flask) -> None:
    assert add() is add("ann@EXAMPLE.org")
    assert add("Ann@example.org") is not add()


@pytest.mark.requirement("W-18")
def test_a_supporter_is_found_while_keys_rotate(app: Flask) -> None:
    ring.bind([OLD])
    known = add()
    ring.bind([NEW, OLD])
    assert add() is known
    assert known.email == ANN


def test_many_at_the_same_moment_are_one_supporter(app: Flask) -> None:
    def ask() -> int:
        found = add().id
        db.session.commit()
        return found

    assert len(set(beside(app, *[ask] * 8))) == 1
    assert db.session.scalar(select(func.count()).select_from(Supporter)) == 1


def test_a_proven_mailbox_takes_what_was_typed_and_keeps_what_was_not(app: Flask) -> None:
    made = add()
    operations.prove_mailbox(made, first_name="Ann", country="DE", by=VISITOR)
    assert (made.state, made.full_name, made.country) == (SupporterState.ACTIVE, "Ann", "DE")
    first = made.confirmed_at
    operations.prove_mailbox(made, last_name="Lee", language="ar", by=VISITOR)
    assert (made.full_name, made.language, made.confirmed_at) == ("Ann Lee", "ar", first)


@pytest.mark.requirement("C-38")
def test_an_erased_supporter_keeps_an_id_and_nothing_that_says_who_it_was(app: Flask) -> None:
    made = make_supporter(ANN, first_name="Ann", last_name="Lee", country="DE", source="spring fair")
    generation = made.generation
    operations.erase(made, by=WORKER)
    db.session.commit()
    kept = {column.key: getattr(made, column.key) for column in Supporter.__mapper__.column_attrs}
    assert {name for name, value in kept.items() if value is not None} == {
        "id",
        "state",
        "language",
        "source",
        "generation",
        "created_at",
        "confirmed_at",
        "erased_at",
    }
    assert (made.state, made.source) == (SupporterState.ERASED, "erased")
    assert made.generation > generation


@pytest.mark.requirement("C-38")
def test_after_an_erasure_the_address_begins_anew(app: Flask) -> None:
    before = add()
    operations.erase(before, by=WORKER)
    after = add()
    assert after.id != before.id
    assert after.created_at <= clock.now()
    assert after.state is SupporterState.UNCONFIRMED
