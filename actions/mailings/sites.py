"""A mailing by destination site and by person, without saying who or where: a keyed hash, a masked address."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import String, cast, func, select

from actions.addresses import masked
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from actions.mailings.models import Mailing
from actions.supporters.models import Supporter

S = DeliveryState
LARGEST = 10
# Enough to tell sites apart, too little to look one up in a list of domains without the key.
LABEL_LENGTH = 4
NOBODY = "(erased)"


@dataclass(frozen=True, kw_only=True)
class Site:
    """`label` stands for the registrable domain: the beginning of its keyed hash."""

    label: str
    rows: int
    sent: int
    put_off: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class Row:
    delivery_id: int
    address: str
    reply: str


def largest_sites(mailing: Mailing) -> list[Site]:
    """Those with most put off first, then the largest. One pass over the mailing's rows while it goes out."""
    if mailing.summary is not None:
        return [Site(**site) for site in mailing.summary["sites"]]
    put_off = func.count().filter(Delivery.state == S.DEFERRED)
    counted = (
        select(
            Supporter.site_hash,
            func.count(),
            func.count().filter(Delivery.state == S.SENT),
            put_off,
            func.count().filter(Delivery.state == S.FAILED),
        )
        .join(Supporter, Supporter.id == Delivery.supporter_id)
        .where(Delivery.mailing_id == mailing.id, Supporter.site_hash.is_not(None))
        .group_by(Supporter.site_hash)
        .order_by(put_off.desc(), func.count().desc(), Supporter.site_hash)
        .limit(LARGEST)
    )
    return [
        Site(label=(site or b"")[:LABEL_LENGTH].hex(), rows=rows, sent=sent, put_off=waiting, failed=failed)
        for site, rows, sent, waiting, failed in db.session.execute(counted)
    ]


def reasons(mailing: Mailing) -> list[tuple[str, str, int]]:
    """State, SMTP's code and how many, of what was refused or put off; the most frequent first."""
    if mailing.summary is not None:
        return [(state, reason, number) for state, reason, number in mailing.summary["reasons"]]
    code = func.coalesce(Delivery.reply_status, cast(Delivery.reply_code, String), "")
    counted = (
        select(Delivery.state, code, func.count())
        .where(Delivery.mailing_id == mailing.id, Delivery.state.in_([S.FAILED, S.DEFERRED, S.UNKNOWN]))
        .group_by(Delivery.state, code)
        .order_by(func.count().desc())
        .limit(LARGEST)
    )
    return [(state.value, reason, number) for state, reason, number in db.session.execute(counted)]


def recipients(mailing: Mailing, state: DeliveryState, *, plain: bool, most: int) -> Iterator[Row]:
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
