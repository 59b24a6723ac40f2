from sqlalchemy import select

from actions.extensions import db
from actions.supporters.addresses import Address
from actions.supporters.models import Supporter


def with_address(address: Address) -> Supporter | None:
    return db.session.scalars(select(Supporter).where(Supporter.email_hash.in_(address.hashes))).one_or_none()


def by_id(supporter_id: int) -> Supporter | None:
    return db.session.get(Supporter, supporter_id)
