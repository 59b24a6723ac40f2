"""Rows of an import as whole columns: one statement and one parameter for each column, however many rows there are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import TableValuedAlias, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.types import TypeEngine

from actions.extensions import Base, db


def insert_rows(kind: type[Base], rows: Sequence[Mapping[str, Any]], same: Mapping[str, object]) -> Insert:
    """The statement that writes `rows`, all of the same columns, each with what is the `same` in all of them."""
    table = kind.__table__
    types = {name: table.c[name].type for name in rows[0]}
    given = unnested({name: [row[name] for row in rows] for name in types}, types)
    fixed = {name: literal(value, table.c[name].type) for name, value in same.items()}
    values = select(*(given.c[name] for name in types), *fixed.values())
    return insert(kind).from_select([*types, *fixed], values)


def unnested(columns: Mapping[str, Iterable[object]], types: Mapping[str, TypeEngine[Any]]) -> TableValuedAlias:
    arrays = [literal(list(values), ARRAY(types[name])) for name, values in columns.items()]
    return func.unnest(*arrays).table_valued(*(column(name, types[name]) for name in columns)).render_derived()


def next_ids(table: str, count: int) -> list[int]:
    """Drawn in one go."""
    drawn = select(func.nextval(f"{table}_id_seq")).select_from(func.generate_series(1, count))
    return list(db.session.scalars(drawn))
