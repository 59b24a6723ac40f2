import pytest
from flask import Flask

from actions.encryption import CannotDecrypt
from actions.extensions import db
from actions.mailings.readers import readers_of
from tests.factories.statements import noted_statements
from tests.factories.supporters import make_supporter


def test_a_reader_says_what_the_supporter_says(app: Flask) -> None:
    ada = make_supporter("ada@example.org", country="DE")
    ada.first_name, ada.last_name = "Ada", "Lovelace"
    db.session.commit()
    reader = readers_of([ada.id, None])[ada.id]
    assert (reader.email, reader.first_name, reader.full_name) == ("ada@example.org", "Ada", "Ada Lovelace")
    assert reader.country == "DE"


def test_what_is_not_known_is_empty(app: Flask) -> None:
    ada = make_supporter()
    ada.email = None
    db.session.commit()
    reader = readers_of([ada.id])[ada.id]
    assert (reader.email, reader.first_name, reader.full_name, reader.country) == (None, "", "", None)


def test_all_are_read_in_one_statement(app: Flask) -> None:
    ids = [make_supporter(f"p{number}@example.org").id for number in range(5)]
    db.session.commit()
    with noted_statements() as asked:
        assert set(readers_of(ids)) == set(ids)
    assert len(asked) == 1


@pytest.mark.requirement("P-07")
def test_a_value_moved_to_another_reader_does_not_open(app: Flask) -> None:
    ada, bo = make_supporter("ada@example.org"), make_supporter("bo@example.org")
    bo.email_sealed = ada.email_sealed
    db.session.commit()
    with pytest.raises(CannotDecrypt):
        _ = readers_of([bo.id])[bo.id].email
