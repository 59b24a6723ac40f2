from flask import Flask

from actions import clock
from actions.extensions import db
from actions.signups import queries
from actions.signups.models import Signup
from tests.factories.organisation import make_list
from tests.factories.supporters import make_supporter


def test_a_wish_knows_its_list(app: Flask) -> None:
    joined, ann = make_list(), make_supporter()
    waiting = Signup(
        list_id=joined.id,
        supporter_id=ann.id,
        language="en",
        ticked=[],
        source="join",
        content_hash=b"h" * 32,
        created_at=clock.now(),
    )
    db.session.add(waiting)
    db.session.commit()
    assert queries.list_of(waiting) is joined
