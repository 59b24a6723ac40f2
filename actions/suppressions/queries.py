from sqlalchemy import ColumnElement, exists, select

from actions.extensions import db
from actions.suppressions.models import Suppression, SuppressionReason


def standing(hashes: list[bytes]) -> Suppression | None:
    """The suppression of an address, by its hash under every key of the ring."""
    found = select(Suppression).where(Suppression.address_hash.in_(hashes), Suppression.lifted_at.is_(None))
    return db.session.scalars(found).first()


def is_suppressed(hashes: list[bytes]) -> bool:
    return standing(hashes) is not None


def complained(hashes: list[bytes]) -> bool:
    """A complaint stops even confirmations: whoever called us spam is not written to again."""
    found = standing(hashes)
    return found is not None and found.reason is SuppressionReason.COMPLAINT


def suppressed(email_hash: ColumnElement[bytes]) -> ColumnElement[bool]:
    """In SQL: the address with this hash gets no mailing."""
    return exists().where(Suppression.address_hash == email_hash, Suppression.lifted_at.is_(None))
