"""The bare objects that the app binds: database, Redis, and Celery as a producer."""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum as PythonEnum
from typing import Annotated, Any

import psycopg
from celery import Celery
from flask_sqlalchemy import SQLAlchemy
from psycopg.types.array import ListBinaryDumper
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Enum,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    any_,
    literal,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, mapped_column, registry

# As text, which is psycopg's first choice, an array of 2,000 sealed values takes a hundred times as long to write:
# each of them is escaped with regular expressions.
psycopg.adapters.register_dumper(list, ListBinaryDumper)

# A page must answer within 300 ms while Redis is away, so nothing waits for it longer than this.
REDIS_PATIENCE = 0.1


Id = Annotated[int, mapped_column(BigInteger, primary_key=True)]
Small = Annotated[int, mapped_column(SmallInteger)]
Count = Annotated[int, mapped_column(Integer)]
Json = dict[str, Any]
JsonList = list[dict[str, Any]]


def is_one_of(column: ColumnElement[Any] | InstrumentedAttribute[Any], ids: Iterable[int]) -> ColumnElement[bool]:
    """`column IN (ids)` as one parameter: a thousand of them cost more to write into a statement than to look up."""
    return column == any_(literal(list(ids), ARRAY(BigInteger)))


def _values(enum: type[PythonEnum]) -> list[str]:
    return [member.value for member in enum]


class Base(DeclarativeBase):
    """Integers are bigint, moments carry their zone, enums store their value (not their name)."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(column_0_label)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            int: BigInteger,
            str: Text,
            bytes: LargeBinary,
            datetime: DateTime(timezone=True),
            Json: JSONB,
            JsonList: JSONB,
            list[str]: JSONB,
            PythonEnum: Enum(PythonEnum, values_callable=_values, native_enum=False, length=32),
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
celery = Celery("clarion", set_as_current=False)


class RedisDoor:
    """A connection pool bound to the app's settings once, in `create_foundation`."""

    def __init__(self) -> None:
        self._client: Redis | None = None

    def bind(self, url: str) -> None:
        self._client = Redis.from_url(
            url,
            socket_connect_timeout=REDIS_PATIENCE,
            socket_timeout=REDIS_PATIENCE,
            retry=Retry(NoBackoff(), 0),
        )

    @property
    def client(self) -> Redis:
        if self._client is None:
            raise RuntimeError("Redis is bound in create_foundation()")
        return self._client


redis = RedisDoor()
