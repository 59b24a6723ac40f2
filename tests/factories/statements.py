"""What is asked of PostgreSQL, statement by statement."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from actions.extensions import db


@contextmanager
def noted_statements() -> Iterator[list[str]]:
    """Those of the test's own app, as they come."""
    noted: list[str] = []

    def note(*given: object) -> None:
        noted.append(str(given[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
