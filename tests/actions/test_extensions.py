from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import BigInteger, DateTime, Enum, LargeBinary, Text, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from actions.extensions import Base, RedisDoor, celery, db, is_one_of
from actions.supporters.models import Supporter
from tests.factories.supporters import make_supporter


def test_ids_are_wide_and_moments_carry_their_zone() -> None:
    for table in Base.metadata.sorted_tables:
        for column in table.primary_key.columns:
            assert isinstance(column.type, BigInteger), column
        for column in table.columns:
            if isinstance(column.type, DateTime):
                assert column.type.timezone, column


def test_an_enum_is_stored_by_its_value_and_no_type_of_the_database_holds_it() -> None:
    enums = [
        column for table in Base.metadata.sorted_tables for column in table.columns if isinstance(column.type, Enum)
    ]
    assert enums
    for column in enums:
        kind = column.type
        assert isinstance(kind, Enum)
        assert not kind.native_enum
        assert all(value == value.lower() for value in kind.enums), column


def test_every_constraint_has_a_name_so_that_a_migration_can_drop_it() -> None:
    for table in Base.metadata.sorted_tables:
        assert [constraint for constraint in table.constraints if constraint.name is None] == []


def test_moments_come_back_with_their_zone(app: Flask) -> None:
    moment = db.session.execute(db.text("SELECT now()")).scalar_one()
    assert isinstance(moment, datetime)
    assert moment.tzinfo is not None


def test_rows_are_found_by_a_list_of_ids_of_any_length(app: Flask) -> None:
    first, second, _ = (make_supporter(f"p{number}@example.org").id for number in range(3))
    for ids in ([], [first], {first, second}, [first, *range(10**6, 10**6 + 70_000)]):
        found = db.session.scalars(select(Supporter.id).where(is_one_of(Supporter.id, ids)))
        assert set(found) == set(ids) & {first, second}


def test_redis_is_there_once_it_is_bound() -> None:
    with pytest.raises(RuntimeError, match="create_foundation"):
        _ = RedisDoor().client


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["a", None, 'b,"c"\\\\', ""], Text()),
        ([b"\x00\xff", None, b""], LargeBinary()),
        ([1, None, 2**40], BigInteger()),
        ([datetime(2026, 11, 28, tzinfo=UTC), None], DateTime(timezone=True)),
        ([None, None], Text()),
        ([], LargeBinary()),
    ],
)
def test_a_column_of_values_arrives_as_it_is(app: Flask, values: list[object], kind: TypeEngine[Any]) -> None:
    assert db.session.scalar(select(literal(values, ARRAY(kind)))) == values


@pytest.mark.requirement("W-21")
def test_the_producer_speaks_json_and_keeps_no_results(app: Flask) -> None:
    assert celery.conf.task_serializer == "json"
    assert list(celery.conf.accept_content) == ["json"]
    assert celery.conf.result_backend is None
