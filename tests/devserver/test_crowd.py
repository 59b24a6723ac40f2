from flask import Flask
from sqlalchemy import func, select

from actions.addresses import parse_address
from actions.extensions import db
from actions.lists.models import Subscription
from actions.supporters.models import Supporter
from actions.supporters.queries import with_address
from devserver.crowd import gather
from tests.factories.organisation import make_list


def test_a_crowd_is_like_everyone_else(app: Flask) -> None:
    make_list()
    db.session.commit()
    gather(12, "updates")
    found = with_address(parse_address("person-7@outlook.test"))
    assert found is not None
    assert (found.email, found.full_name) == ("person-7@outlook.test", "Ann Example 7")
    assert db.session.scalar(select(func.count()).select_from(Subscription)) == 12
    added = Supporter(email_hash=b"x", language="en", source="join", created_at=found.created_at)
    db.session.add(added)
    db.session.commit()
    assert added.id > found.id
