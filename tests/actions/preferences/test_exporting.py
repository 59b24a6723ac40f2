import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import JSON, Boolean, Column, DateTime, Enum, Integer, LargeBinary, Table, select

from actions import clock
from actions.actors import OPERATOR
from actions.encryption import EncryptedText, place, ring
from actions.extensions import Base, db
from actions.preferences.exporting import as_csv, everything_about
from actions.supporters.models import Supporter
from actions.tags.operations import find_or_add
from tests.factories.canary import CANARIES, EMAIL, WORDS, live_a_life
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.supporters import make_supporter

CANARY = "Canary of "


def tables_of_a_person() -> list[Table]:
    """Each that names a supporter, or a row of such a table: whatever will be added is among them."""
    tables = Base.metadata.sorted_tables
    personal = {"supporters"} | {table.name for table in tables if "supporter_id" in table.columns}
    for _ in tables:
        personal |= {table.name for table in tables for key in table.foreign_keys if key.column.table.name in personal}
    return [table for table in tables if table.name in personal]


def names_of(table: Table) -> dict[str, str]:
    """Column -> its name in an export, where that is the name of what is sealed in it."""
    owner = next(mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is table)
    sealed = {value.column: name for name, value in vars(owner).items() if isinstance(value, EncryptedText)}
    return {column.name: sealed.get(column.name, column.name) for column in table.columns}


def seed(ann: Supporter) -> dict[str, int]:
    """A row in every table that leads to the person, with something in every column; table -> the row's id."""
    ids = {"supporters": ann.id}
    for table in tables_of_a_person():
        if table.name in ids:
            continue
        row_id = 1000 + len(ids)
        values = {column.name: value for column in table.columns for value in value_for(column, row_id, ids)}
        db.session.execute(table.insert().values(values | {"id": row_id}))
        ids[table.name] = row_id
    db.session.commit()
    return ids


def value_for(column: Column[Any], row_id: int, ids: dict[str, int]) -> Iterator[Any]:
    """One value, or none where a constraint wants the column empty."""
    if column.name == "supporter_id":
        yield ids["supporters"]
    elif column.foreign_keys:
        parent = next(iter(column.foreign_keys)).column.table.name
        if parent in ids:
            yield ids[parent]
        elif parent in {"lists", "pages", "tags", "targets"} and (column.table.name, parent) != (
            "deliveries",
            "targets",
        ):
            yield 1
    elif column.name.endswith("_sealed"):
        yield ring.seal(CANARY + str(column), place(column.table.name, column.name, row_id))
    elif column.name != "staff_id":
        yield plain_value(column)


def plain_value(column: Column[Any]) -> object:
    if isinstance(column.type, Enum):
        return column.type.enums[0]
    of_type: dict[type, object] = {
        DateTime: clock.now(),
        Boolean: True,
        Integer: 7,
        JSON: [{"text_id": 1}],
        LargeBinary: str(column).encode(),
    }
    words = f"word of {column}"[:32]
    return next((value for kind, value in of_type.items() if isinstance(column.type, kind)), words)


@pytest.mark.requirement("C-37")
def test_every_column_of_every_table_about_a_person_is_in_the_export(app: Flask) -> None:
    make_organisation()
    make_list()
    make_page(targets=[make_target()])
    ann = make_supporter("ann@example.org", first_name="Ann", last_name="Lee")
    find_or_add(["volunteer"], by=OPERATOR)
    ids = seed(ann)
    export = everything_about(ann)
    assert set(export) == {table.name for table in tables_of_a_person()} | {"tags"}
    assert [tag["name"] for tag in export["tags"]] == ["volunteer"]
    for table in tables_of_a_person():
        names = names_of(table)
        row = next(row for row in export[table.name] if row["id"] == ids[table.name])
        assert set(row) == set(names.values()), table.name
        for column, name in names.items():
            if column.endswith("_sealed") and table.name != "supporters":
                assert row[name] == f"{CANARY}{table.name}.{column}"
    json.dumps(export)


@pytest.mark.requirement("C-37")
def test_an_export_holds_nobody_else(app: Flask, client: FlaskClient) -> None:
    live_a_life(client)
    bea = make_supporter("bea@example.org")
    assert [table for table, rows in everything_about(bea).items() if rows] == ["supporters"]
    ann = db.session.scalars(select(Supporter).where(Supporter.id != bea.id)).one()
    assert "bea@example.org" not in json.dumps(everything_about(ann))


@pytest.mark.requirement("C-37")
def test_what_somebody_typed_and_allowed_is_in_the_export(app: Flask, client: FlaskClient) -> None:
    ann = live_a_life(client)
    export = everything_about(ann)
    said = json.dumps(export, ensure_ascii=False)
    for word in (EMAIL, *WORDS.values()):
        assert word in said
    assert {record["purpose"] for record in export["consents"]} >= {"list", "sign", "write", "case_news"}
    assert export["letters"]
    assert export["deliveries"]


@pytest.mark.requirement("C-37", "W-15")
def test_the_table_can_be_opened_without_running_anything(app: Flask, client: FlaskClient) -> None:
    ann = live_a_life(client)
    export = everything_about(ann) | {"hostile": [{"id": 1, "x": "=HYPERLINK(1)", "y": 'a,"b"\r\nc', "z": None}]}
    text = as_csv(export)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["table", "row", "column", "value"]
    assert {len(row) for row in rows} == {4}
    assert ["hostile", "1", "x", "'=HYPERLINK(1)"] in rows
    assert ["hostile", "1", "y", 'a,"b"\r\nc'] in rows
    assert ["hostile", "1", "z", ""] in rows
    assert [table for table, *_ in rows[1:] if table != "hostile"] == [
        table for table, of_table in export.items() if table != "hostile" for row in of_table for _ in row
    ]
    assert all(canary in text for canary in CANARIES)


def test_moments_and_bytes_are_text(app: Flask) -> None:
    ann = make_supporter()
    row = everything_about(ann)["supporters"][0]
    assert datetime.fromisoformat(row["created_at"]).tzinfo is not None
    assert isinstance(row["email_hash"], str)
    assert row["state"] == "active"
