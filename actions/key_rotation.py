"""`flask … keys rotate`: after a new key was put first in ENCRYPTION_KEYS, seal and hash everything anew under it.

In small transactions, so that it may be stopped at any moment and begun again, while everything else goes on.
"""

from collections.abc import Iterator

import click
import structlog
from flask.cli import AppGroup
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Mapper

from actions.actors import OPERATOR
from actions.addresses import parse_address
from actions.encryption import KEY_ID_BYTES, EncryptedText, Sealed, ring
from actions.extensions import Base, db
from actions.supporters.models import Supporter
from actions.suppressions import operations as suppressions
from actions.transaction import transaction

log = structlog.get_logger()
BATCH = 500

keys = AppGroup("keys", help="The keys that encrypt personal data.")


@keys.command("rotate")
def rotate() -> None:
    """Bring everything that is encrypted under the newest key."""
    resealed = rotate_keys()
    click.echo(f"{resealed} rows were sealed anew with the newest key.")
    click.echo(
        "Keep the older keys in ENCRYPTION_KEYS: addresses that must get no mail, of people who were erased, "
        "are known by them alone."
    )


def rotate_keys() -> int:
    """How many rows were sealed anew. Raises CannotDecrypt for a value whose key is not in the ring."""
    return sum(_reseal(table) for table in _sealed_tables())


def _sealed_tables() -> Iterator[type[Sealed]]:
    mappers: Iterator[Mapper[Base]] = iter(Base.registry.mappers)
    for mapper in mappers:
        if issubclass(mapper.class_, Sealed) and texts_of(mapper.class_):
            yield mapper.class_


def texts_of(table: type[Sealed]) -> dict[str, EncryptedText]:
    """Name -> the encrypted text of a table."""
    return {name: value for name, value in vars(table).items() if isinstance(value, EncryptedText)}


def _reseal(table: type[Sealed]) -> int:
    resealed = 0
    while True:
        with transaction():
            old = select(table).where(_is_old(table)).order_by(table.id).limit(BATCH).with_for_update(skip_locked=True)
            rows = db.session.scalars(old).all()
            for row in rows:
                for name in texts_of(table):
                    setattr(row, name, getattr(row, name))
                if isinstance(row, Supporter):
                    _rehash(row)
        db.session.expunge_all()
        resealed += len(rows)
        if not rows:
            return resealed


def _is_old(table: type[Sealed]) -> ColumnElement[bool]:
    newest = ring.newest.id
    sealed = [getattr(table, text.column) for text in texts_of(table).values()]
    return or_(*(func.substr(column, 1, KEY_ID_BYTES) != newest for column in sealed))


def _rehash(supporter: Supporter) -> None:
    """Found by the newest key from now on, and so is the wish of this address to get no mail."""
    if supporter.email is None:
        return
    address = parse_address(supporter.email)
    suppressions.rehash(address, by=OPERATOR)
    supporter.email_hash = address.hash
    supporter.site_hash = address.site_hash
