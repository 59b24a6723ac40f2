import pytest
from flask import Flask
from sqlalchemy import func, select

from actions.actors import OPERATOR, VISITOR
from actions.addresses import parse_address
from actions.config import Settings
from actions.encryption import KEY_ID_BYTES, CannotDecrypt, ring
from actions.extensions import db
from actions.key_rotation import rotate_keys
from actions.supporters.models import Supporter
from actions.supporters.operations import find_or_add
from actions.supporters.queries import with_address
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from actions.suppressions.queries import is_suppressed, suppressed
from actions.transaction import transaction

NEW = "a-newer-key-0123456789-abcdefghijklmnopq"
ADDRESS = "ann@example.org"


@pytest.fixture
def ann(app: Flask) -> Supporter:
    with transaction():
        made = find_or_add(parse_address(ADDRESS), language="en", source="join", by=VISITOR)
        made.first_name = "Ann"
        suppress(parse_address(ADDRESS).hash, SuppressionReason.OBJECTION, by=OPERATOR)
    return made


@pytest.mark.requirement("W-18", "P-07")
def test_everything_comes_under_the_newest_key_and_is_found_all_the_while(ann: Supporter, settings: Settings) -> None:
    ring.bind([NEW, *settings.encryption_keys])
    found = with_address(parse_address(ADDRESS))
    assert found is not None
    with transaction():
        assert find_or_add(parse_address(ADDRESS), language="en", source="join", by=VISITOR).id == ann.id
    assert rotate_keys() == 1
    assert rotate_keys() == 0
    db.session.expire_all()
    used = db.session.scalars(select(func.substr(Supporter.email_sealed, 1, KEY_ID_BYTES)).distinct()).all()
    assert used == [ring.newest.id]
    ring.bind([NEW])
    again = with_address(parse_address(ADDRESS))
    assert again is not None
    assert (again.email, again.first_name) == (ADDRESS, "Ann")
    assert is_suppressed(parse_address(ADDRESS).hashes)
    assert db.session.scalar(select(func.count()).where(suppressed(Supporter.email_hash))) == 1


@pytest.mark.requirement("P-07")
def test_without_its_key_a_value_is_refused_not_guessed(ann: Supporter) -> None:
    ring.bind([NEW])
    with pytest.raises(CannotDecrypt):
        _ = ann.email
