from sqlalchemy import select

from actions.addresses import Address
from actions.extensions import db
from actions.supporters.models import Supporter


def with_address(address: Address) -> Supporter | None:
    return db.session.scalars(select(Supporter).where(Supporter.email_hash.in_(address.hashes))).one_or_none()
