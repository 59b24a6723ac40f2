"""What is asked of PostgreSQL, statement by statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import event

from actions.extensions import db


class Noted(NamedTuple):
    """`values`: as the driver gets them."""

    text: str
    values: Any


@contextmanager
def noted_statements() -> Iterator[list[Noted]]:
    """Those of the test's own app, as they come."""
    noted: list[Noted] = []

    def note(_connection: object, _cursor: object, text: str, values: object, *_more: object) -> None:
        noted.append(Noted(text, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
