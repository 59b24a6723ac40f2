"""A backup of the database, and the database as it is when that is put back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text

from actions.extensions import db

Rows = dict[str, list[dict[str, Any]]]


def back_up() -> Rows:
    """Every row of every table, at one moment."""
    db.session.commit()
    with db.engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for table in db.metadata.sorted_tables
        }


def put_back(backup: Rows) -> None:
    """The database is again what it was; nothing outside of it is."""
    db.session.remove()
    with _without_triggers() as connection:
        for table in db.metadata.sorted_tables:
            connection.execute(table.delete())
            if backup[table.name]:
                connection.execute(table.insert(), backup[table.name])


@contextmanager
def _without_triggers() -> Iterator[Any]:
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
