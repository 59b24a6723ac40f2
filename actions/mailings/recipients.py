"""A mailing by person, without saying who: a masked address."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from actions.addresses import masked
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from actions.mailings.models import Mailing
from actions.supporters.models import Supporter

NOBODY = "(erased)"


@dataclass(frozen=True, kw_only=True)
class Row:
    delivery_id: int
    address: str
    reply: str


def recipients_in(mailing: Mailing, state: DeliveryState, *, plain: bool, most: int) -> Iterator[Row]:
    """Who is in `state`, oldest first; addresses masked unless `plain`."""
    found = (
        select(Delivery.id, Delivery.reply_code, Delivery.reply_status, Supporter)
        .join(Supporter, Supporter.id == Delivery.supporter_id)
        .where(Delivery.mailing_id == mailing.id, Delivery.state == state)
        .order_by(Delivery.id)
        .limit(most)
    )
    for delivery_id, code, status, supporter in db.session.execute(found):
        address = supporter.email or NOBODY
        shown = address if plain or address == NOBODY else masked(address)
        yield Row(delivery_id=delivery_id, address=shown, reply=" ".join(str(part) for part in (code, status) if part))
