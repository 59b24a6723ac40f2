"""Every column that could hold something about a person says why and until when, or why it does not (C-34, C-37)."""

import pytest
from sqlalchemy import JSON, Column, LargeBinary, Text

from actions.blueprints import BLUEPRINTS
from actions.encryption import EncryptedText, Impersonal, Personal, Sealed
from actions.extensions import Base

# So that every model is imported before the tables are read.
assert BLUEPRINTS


def columns() -> list[Column[object]]:
    kinds = (Text, LargeBinary, JSON)
    every = [column for table in Base.metadata.sorted_tables for column in table.columns]
    # An enum's values are ours; its type is text as well.
    return [column for column in every if isinstance(column.type, kinds) or column.name.endswith("_sealed")]


@pytest.mark.requirement("C-34")
def test_every_column_of_text_says_whether_it_is_personal() -> None:
    silent = [str(column) for column in columns() if not {"personal", "impersonal"} & set(column.info)]
    assert silent == []


@pytest.mark.requirement("C-34")
def test_a_personal_column_says_why_and_until_when() -> None:
    for column in columns():
        personal = column.info.get("personal")
        if personal is not None:
            assert isinstance(personal, Personal)
            assert personal.purpose
            assert personal.retention, column
        else:
            assert isinstance(column.info["impersonal"], Impersonal)
            assert column.info["impersonal"].reason, column


@pytest.mark.requirement("P-07")
def test_what_is_personal_is_sealed_or_a_keyed_hash() -> None:
    readable = [
        str(column)
        for column in columns()
        if "personal" in column.info and not column.name.endswith(("_sealed", "_hash"))
    ]
    assert readable == []


@pytest.mark.requirement("P-07")
def test_every_sealed_column_has_a_name_for_its_value_and_a_row_id_from_the_sequence() -> None:
    for mapper in Base.registry.mappers:
        sealed = {column.key for column in mapper.column_attrs if column.key.endswith("_sealed")}
        named = {value.column for value in vars(mapper.class_).values() if isinstance(value, EncryptedText)}
        assert sealed == named, mapper
        assert not sealed or issubclass(mapper.class_, Sealed), mapper
