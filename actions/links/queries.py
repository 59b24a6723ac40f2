from collections.abc import Iterable

from sqlalchemy import select

from actions.extensions import db
from actions.links.models import LinkCheck


def checks_of(addresses: Iterable[str]) -> dict[str, LinkCheck]:
    """By address; of those that were asked for once."""
    found = db.session.scalars(select(LinkCheck).where(LinkCheck.address.in_(list(addresses))))
    return {check.address: check for check in found}
