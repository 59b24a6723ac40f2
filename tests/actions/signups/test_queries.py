import pytest
from flask import Flask
from sqlalchemy.exc import NoResultFound

from actions import clock
from actions.extensions import db
from actions.signups import queries
from actions.signups.models import Signup, SignupState
from tests.factories.organisation import make_list
from tests.factories.supporters import make_supporter

HASH = b"h" * 32


def test_the_same_wish_is_found_while_it_waits_and_no_other(app: Flask) -> None:
    joined, ann = make_list(), make_supporter()
    waiting = Signup(
        list_id=joined.id,
        supporter_id=ann.id,
        language="en",
        ticked=[],
        source="join",
        content_hash=HASH,
        created_at=clock.now(),
    )
    db.session.add(waiting)
    db.session.commit()
    assert queries.waiting(joined.id, ann.id, [b"x" * 32, HASH]) is waiting
    for supporter_id, hashes in ((ann.id, [b"x" * 32]), (ann.id + 1, [HASH])):
        with pytest.raises(NoResultFound):
            queries.waiting(joined.id, supporter_id, hashes)
    assert queries.list_of(waiting) is joined
    waiting.state = SignupState.CONFIRMED
    db.session.flush()
    with pytest.raises(NoResultFound):
        queries.waiting(joined.id, ann.id, [HASH])
