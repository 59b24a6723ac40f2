from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from actions import clock, outbox
from actions.extensions import celery, db
from actions.supporters.models import Supporter
from actions.transaction import transaction

LANE = "letters"


@pytest.fixture
def queued(app: Flask) -> Iterator[Callable[[], int]]:
    """How many messages wait in the real broker."""
    with celery.connection_for_read() as connection:
        client = connection.default_channel.client
        client.delete(LANE)
        yield lambda: int(client.llen(LANE))
        client.delete(LANE)


def add_row() -> None:
    db.session.add(Supporter(language="km", source="join", created_at=clock.now()))
    db.session.flush()


def fail_half_way() -> None:
    with transaction():
        add_row()
        outbox.nudge("workers.deliver.drain", "now", lane=LANE)
        _ = 1 / 0


def test_the_nudge_leaves_after_the_commit(queued: Callable[[], int]) -> None:
    with transaction():
        add_row()
        outbox.nudge("workers.deliver.drain", "now", lane=LANE)
        assert queued() == 0
    assert queued() == 1
    db.session.rollback()
    assert db.session.scalars(select(Supporter.language)).all() == ["km"]


def test_an_error_rolls_back_and_nudges_nobody(queued: Callable[[], int]) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert db.session.scalars(select(Supporter.language)).all() == []
    with transaction():
        add_row()
    assert queued() == 0
