"""All that we hold about one person, walked from the tables themselves, so that a new column cannot be forgotten."""

import base64
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import ForeignKey, Table, select
from sqlalchemy.orm import Mapper

from actions.encryption import EncryptedText
from actions.extensions import Base, db
from actions.spreadsheets import csv_lines
from actions.supporters.models import Supporter
from actions.tags.queries import held_about

Export = dict[str, list[dict[str, Any]]]


def everything_about(supporter: Supporter) -> Export:
    """Table -> rows -> column -> value: the supporter's own row, each that names it, each that hangs on those, and
    the words of the tags that they were given.
    """
    export: Export = {"supporters": [_row(supporter)]}
    found: dict[str, set[int]] = {"supporters": {supporter.id}}
    for mapper in _by_dependency():
        for table, column in _ways_to_a_person(mapper):
            parents = found.get(table.name, set())
            if not parents:
                continue
            name = _table(mapper).name
            rows = db.session.scalars(select(mapper.class_).where(mapper.columns[column].in_(parents))).all()
            known = found.setdefault(name, set())
            fresh = [row for row in rows if row.id not in known]
            known |= {row.id for row in fresh}
            export.setdefault(name, []).extend(_row(row) for row in fresh)
    # What somebody carries is a number there; the word is what they ask for.
    export["tags"] = [_row(tag) for tag in held_about(supporter.id)]
    return export


def as_csv(export: Export) -> str:
    """table,row,column,value; one line per value (RFC 4180), safe to open in a spreadsheet."""
    found = [
        (table, row["id"], column, value)
        for table, rows in export.items()
        for row in rows
        for column, value in row.items()
    ]
    return csv_lines([("table", "row", "column", "value"), *found])


def _by_dependency() -> list[Mapper[Any]]:
    order = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}
    return sorted(Base.registry.mappers, key=lambda mapper: order[_table(mapper).name])


def _ways_to_a_person(mapper: Mapper[Any]) -> list[tuple[Table, str]]:
    """Columns that name a supporter, or a row that belongs to one (a letter's journal, a confirmation's items)."""
    personal = {"supporters", "letters", "confirmations", "deliveries"}
    if "supporter_id" in mapper.columns:  # by its name: the ledger's is no foreign key, for a key would slow a freeze
        return [(_table(Supporter.__mapper__), "supporter_id")]
    keys: list[ForeignKey] = sorted(_table(mapper).foreign_keys, key=lambda key: key.parent.name)
    return [(key.column.table, key.parent.name) for key in keys if key.column.table.name in personal]


def _table(mapper: Mapper[Any]) -> Table:
    table = mapper.local_table
    if not isinstance(table, Table):
        raise TypeError(f"{mapper} is not mapped to one table")
    return table


def _row(row: Any) -> dict[str, Any]:  # noqa: ANN401  # a row of any table
    texts = {value.column: name for name, value in vars(type(row)).items() if isinstance(value, EncryptedText)}
    return {
        texts.get(column.key, column.key): getattr(row, texts[column.key])
        if column.key in texts
        else _plain(getattr(row, column.key))
        for column in type(row).__mapper__.column_attrs
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.value if isinstance(value, Enum) else value
