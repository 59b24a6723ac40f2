"""Personal data at rest: AES-256-GCM per value, a key ring from outside the database, keyed hashes for look-up.

The additional data of each value is its table, column and row id, so a ciphertext moved to another row does not open.
It fails closed: a value that cannot be opened raises, it is never shown as something else.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast, overload

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import ColumnElement, Select, Table, bindparam, func, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import MappedColumn, mapped_column

from actions.extensions import Base, db

KEY_ID_BYTES = 4
NONCE_BYTES = 12
# In a session's `info`: ids that were drawn ahead.
DRAWN = "clarion.drawn"


class CannotDecrypt(Exception):
    """The key is not in the ring, or the value was changed or moved."""


@dataclass(frozen=True)
class Personal:
    """Why a column holds something about a person, and until when. Export, erasure and retention walk these."""

    purpose: str
    retention: str


@dataclass(frozen=True)
class Impersonal:
    """Why a text column holds nothing about a person."""

    reason: str


def derive(secret: str, use: str) -> bytes:
    """A 256-bit key for one use of a secret (HKDF, RFC 5869), so that no two uses share a key."""
    return HKDF(SHA256(), 32, salt=None, info=f"clarion/{use}".encode()).derive(secret.encode())


def secret_id(secret: str) -> bytes:
    """By which a row names the one of SECRET_KEYS that its mail was first made with; it tells nothing of the key."""
    return hashlib.sha256(derive(secret, "mail-identity")).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True)
class _Key:
    id: bytes
    cipher: AESGCM
    index: bytes

    @classmethod
    def of(cls, secret: str) -> "_Key":
        return cls(
            hashlib.sha256(derive(secret, "key-id")).digest()[:KEY_ID_BYTES],
            AESGCM(derive(secret, "column")),
            derive(secret, "blind-index"),
        )


class KeyRing:
    """The first key seals; every key opens. Bound to the settings once, in `create_foundation`."""

    def __init__(self) -> None:
        self._keys: dict[bytes, _Key] = {}

    def bind(self, secrets: Sequence[str]) -> None:
        self._keys = {key.id: key for key in map(_Key.of, secrets)}

    @property
    def newest(self) -> _Key:
        return next(iter(self._keys.values()))

    @property
    def ids(self) -> list[bytes]:
        return list(self._keys)

    def seal(self, text: str, where: str) -> bytes:
        """Key id (4 octets) + nonce (12) + ciphertext and tag; `where` names table, column and row."""
        nonce = os.urandom(NONCE_BYTES)
        key = self.newest
        return key.id + nonce + key.cipher.encrypt(nonce, text.encode(), where.encode())

    def open(self, sealed: bytes, where: str) -> str:
        """Raises CannotDecrypt for an unknown key and for a value that was changed or moved."""
        key = self._keys.get(sealed[:KEY_ID_BYTES])
        if key is None:
            raise CannotDecrypt("this value was sealed with a key that is not in ENCRYPTION_KEYS")
        nonce = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES]
        try:
            return key.cipher.decrypt(nonce, sealed[KEY_ID_BYTES + NONCE_BYTES :], where.encode()).decode()
        except InvalidTag as error:
            raise CannotDecrypt("this value was changed, or moved from another row") from error

    def blind_index(self, value: str, use: str) -> bytes:
        """The keyed hash to store beside `value`, so that an exact match can be found (HMAC-SHA-256)."""
        return self._index(self.newest, value, use)

    def blind_indexes(self, value: str, use: str) -> list[bytes]:
        """The hash of `value` under every key in the ring: what a look-up compares with while keys rotate."""
        return [self._index(key, value, use) for key in self._keys.values()]

    @staticmethod
    def _index(key: _Key, value: str, use: str) -> bytes:
        return hmac.digest(key.index, f"{use}\0{value}".encode(), "sha256")


ring = KeyRing()


def sealed_column(purpose: str, retention: str) -> MappedColumn[Any]:
    """The column of a ciphertext; an `EncryptedText` of the same class gives its value a name."""
    return mapped_column(info={"personal": Personal(purpose, retention)})


def hashed_column(purpose: str, retention: str, **options: Any) -> MappedColumn[Any]:  # noqa: ANN401  # as mapped_column
    """The column of a keyed hash of something personal."""
    return mapped_column(info={"personal": Personal(purpose, retention)}, **options)


def plain_column(reason: str, **options: Any) -> MappedColumn[Any]:  # noqa: ANN401  # as mapped_column
    """A text, JSON or binary column that holds nothing about a person, and why it does not."""
    return mapped_column(info={"impersonal": Impersonal(reason)}, **options)


class Sealed(Base):
    """A table with encrypted columns: a row takes its id from the sequence when it is made, before any value."""

    __abstract__ = True
    id: Any

    def __init__(self, **values: object) -> None:
        row_id = values.pop("id", None) or next_id(self.__tablename__)
        super().__init__(id=row_id, **values)


SealedRow = TypeVar("SealedRow", bound=Sealed)


def insert_or_find(row: SealedRow, index: tuple[str, ...]) -> SealedRow:
    """Write a row that no session holds yet, unless one with the same values in the columns of `index` is there.

    One statement, the same either way, so that the time of an answer does not tell which it was (C-10). The row that
    stands after it is of the session.
    """
    values = {column.key: getattr(row, column.key) for column in type(row).__mapper__.column_attrs}
    written, found = _insert_and_find(type(row), index)
    # A row that another transaction committed in the middle of the first statement is seen by the second; one that
    # was there and is settled in between leaves room for the new one.
    for statement in (written, found, written):
        if (there := db.session.scalars(statement, values).one_or_none()) is not None:
            return cast("SealedRow", there)
    return cast("SealedRow", db.session.scalars(found, values).one())


@cache
def _insert_and_find(kind: type[Sealed], index: tuple[str, ...]) -> tuple[Any, Any]:
    """(write it or find it, find it), made once for each table: to put such a statement together costs more than it."""
    table = cast("Table", kind.__table__)
    given = {column.key: bindparam(column.key, type_=column.type) for column in table.columns}
    new = insert(table).values(given).on_conflict_do_nothing().returning(*table.columns).cte("new")
    alike = select(*table.columns).where(
        *(table.c[name] == bindparam(name, type_=table.c[name].type) for name in index)
    )
    either = union_all(select(*new.c), alike)
    return select(kind).from_statement(either), select(kind).from_statement(alike)


def draw_ids(*tables: str, also: ColumnElement[Any] | None = None) -> None:
    """Take the ids of the rows that this transaction is about to make, and compute `also`, by one statement."""
    drawn = db.session.execute(_draw(tables) if also is None else _draw(tables).add_columns(also)).one()
    db.session().info[DRAWN] = dict(zip(tables, drawn, strict=False))


@cache
def _draw(tables: tuple[str, ...]) -> Select[Any]:
    return select(*(func.nextval(f"{table}_id_seq") for table in tables))


def next_id(table: str) -> int:
    """The next value of the table's own sequence; what is not used is a gap and hurts nobody."""
    drawn = db.session().info.get(DRAWN, {}).pop(table, None)
    return int(drawn if drawn is not None else db.session.scalars(_draw((table,))).one())


def next_ids(table: str, number: int) -> Sequence[int]:
    """For many rows, by one statement."""
    each = func.generate_series(1, number).table_valued("one")
    return db.session.scalars(select(func.nextval(f"{table}_id_seq")).select_from(each)).all()


class EncryptedText:
    """Reads and writes the plain value of a sealed column: `email = EncryptedText("email_sealed")`."""

    def __init__(self, column: str) -> None:
        self.column = column

    def __set_name__(self, owner: "type[Sealed]", name: str) -> None:
        self._owner = owner

    @overload
    def __get__(self, row: None, owner: type) -> "EncryptedText": ...
    @overload
    def __get__(self, row: Sealed, owner: type) -> str | None: ...
    def __get__(self, row: Sealed | None, owner: type) -> "str | EncryptedText | None":
        if row is None:
            return self
        return self.open(getattr(row, self.column), row.id)

    def __set__(self, row: Sealed, value: str | None) -> None:
        setattr(row, self.column, None if value is None else self.seal(value, row.id))

    def seal(self, value: str, row_id: int) -> bytes:
        """For a column that is written without its entity."""
        return ring.seal(value, self._place(row_id))

    def open(self, sealed: bytes | None, row_id: int) -> str | None:
        """The value of a column that was read without its entity. Raises CannotDecrypt."""
        return None if sealed is None else ring.open(sealed, self._place(row_id))

    def _place(self, row_id: int) -> str:
        return place(self._owner.__tablename__, self.column, row_id)


def place(table: str, column: str, row_id: int) -> str:
    """What a value is bound to; the same text for one row and for bulk SQL."""
    return f"{table}.{column}.{row_id}"
