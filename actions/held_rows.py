"""A session forgets a row that nobody holds, and reads it again for the next who asks: here the rows are held."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from actions.extensions import db

# In a session's `info`.
HELD = "clarion.held"


@dataclass
class Held:
    rows: list[object] = field(default_factory=list)
    # Whatever else is read once: see actions/published.py.
    notes: dict[str, Any] = field(default_factory=dict)


def install(app: Flask) -> None:
    """What a request has read by its id it does not read again."""
    app.before_request(hold)
    app.teardown_request(lambda _: let_go())


def hold() -> None:
    """From here on, until the rows are let go."""
    db.session().info[HELD] = Held()


def let_go() -> None:
    db.session().info.pop(HELD, None)


def held() -> Held | None:
    """None where nothing is held."""
    found: Held | None = db.session().info.get(HELD)
    return found


@contextmanager
def rows_held() -> Iterator[None]:
    hold()
    try:
        yield
    finally:
        let_go()


@event.listens_for(db.session, "loaded_as_persistent")
@event.listens_for(db.session, "pending_to_persistent")
def _hold(session: Session, row: object) -> None:
    if HELD in session.info:
        session.info[HELD].rows.append(row)
