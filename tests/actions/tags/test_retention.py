from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm.session import Session as Db

from actions.actors import OPERATOR, WORKER
from actions.clock import clock
from actions.tags import operations
from actions.tags.models import Tag, Tagging
from actions.tags.queries import KEPT
from actions.tags.retention import forget_removed
from tests.factories.supporters import make_supporter
from tests.factories.tags import make_tag


@pytest.mark.requirement("C-44")
def test_a_removed_tag_is_forgotten_with_its_other_names_after_a_month(app: Flask, session: Db) -> None:
    ann = make_supporter()
    old, tag, stays = make_tag("helper", ann), make_tag("volunteer", ann), make_tag("donor", ann)
    operations.rename(old, "volunteer", together=True, by=OPERATOR)
    operations.remove(tag, by=OPERATOR)
    forget_removed(by=WORKER)
    assert session.query(Tagging).count() == 3
    clock.move(KEPT + timedelta(minutes=1))
    forget_removed(by=WORKER)
    session.commit()
    session.expire_all()
    assert [one.id for one in session.query(Tag)] == [stays.id]
    assert [one.tag_id for one in session.query(Tagging)] == [stays.id]
