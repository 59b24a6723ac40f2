from collections.abc import Sequence

from sqlalchemy import select

from actions.addresses import Address
from actions.extensions import db
from actions.staff.models import AuditEntry, Staff


def with_address(address: Address) -> Staff | None:
    return db.session.scalars(select(Staff).where(Staff.email_hash.in_(address.hashes))).one_or_none()


def everybody() -> Sequence[Staff]:
    """In the order in which they came."""
    return db.session.scalars(select(Staff).order_by(Staff.id)).all()


def newest_entries(most: int = 100) -> Sequence[AuditEntry]:
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(most)).all()
