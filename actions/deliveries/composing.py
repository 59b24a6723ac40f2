"""Puts together an email that carries its own values; a mailing takes its words from the mailing instead."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, make_dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select

from actions.config import settings
from actions.deliveries.kinds import Outgoing, Row, kind_of
from actions.deliveries.models import Lane
from actions.extensions import db
from actions.organisation.models import Sender
from actions.organisation.queries import the_organisation
from actions.staff.models import Staff
from actions.supporters.models import Supporter
from actions.targets.models import Target
from email_templates.catalogue import CATALOGUE, Email
from email_templates.rendering import render

EMAILS = {email.folder: email for email in CATALOGUE}


class NothingToSay(Exception):
    """The delivery's values are gone: it has ended, or it never had any."""


@dataclass(frozen=True)
class Values:
    """What a delivery keeps sealed until it has ended."""

    email: Email
    # Where it goes when the person's own address is erased by then.
    address: str | None = None


@dataclass(frozen=True)
class SenderView:
    name: str
    address: str
    reply_to: str | None


def compose(deliveries: Sequence[Row]) -> dict[int, Outgoing]:
    """Each email as its values say, from the sender of its kind. One without an address any more is left out."""
    known = addresses(deliveries)
    composed = {}
    for delivery in deliveries:
        values = read_values(delivery)
        address = values.address or known.get(delivery.id)
        if address:
            composed[delivery.id] = outgoing(delivery, values.email, address=address)
    return composed


def outgoing(delivery: Row, email: Email, *, address: str, sender: SenderView | None = None) -> Outgoing:
    """From the sender of its kind, unless another is given, as in a letter that its writer's name is on (L-01)."""
    sender = sender or sender_view(kind_of(delivery.kind).lane)
    rendered = render(email)
    return Outgoing(
        delivery_id=delivery.id,
        address=address,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        from_name=sender.name,
        from_address=sender.address,
        reply_to=sender.reply_to,
        auto_submitted=email.auto_submitted,
    )


def sender_view(lane: Lane) -> SenderView:
    """The lane's sender; MAIL_FROM under the organisation's name where none was set up."""
    found = db.session.scalars(select(Sender).where(Sender.lane == lane.value)).one_or_none()
    if found is None:
        return SenderView(the_organisation().name, settings().mail_from, None)
    return SenderView(found.name, found.address, found.reply_to)


def addresses(deliveries: Iterable[Row]) -> dict[int, str]:
    """Where each delivery goes, read now; one whose person was erased or whose target has none is missing."""
    rows = list(deliveries)
    supporters = select(Supporter.id, Supporter.email_sealed).where(
        Supporter.id.in_({row.supporter_id for row in rows})
    )
    targets = select(Target.id, Target.email).where(Target.id.in_({row.target_id for row in rows}))
    staff = select(Staff.id, Staff.email_sealed).where(Staff.id.in_({row.staff_id for row in rows}), Staff.active)
    of_staff: dict[int | None, str | None] = {
        key: Staff.email.open(sealed, key) for key, sealed in db.session.execute(staff)
    }
    of_supporter: dict[int | None, str | None] = {
        key: Supporter.email.open(sealed, key) for key, sealed in db.session.execute(supporters)
    }
    of_target: dict[int | None, str | None] = {key: email for key, email in db.session.execute(targets)}  # noqa: C416  # dict() of rows has no types
    found = {
        row.id: of_supporter.get(row.supporter_id) or of_target.get(row.target_id) or of_staff.get(row.staff_id)
        for row in rows
    }
    return {delivery_id: address for delivery_id, address in found.items() if address}


def write_values(email: Email, address: str | None = None) -> str:
    """JSON, to be sealed in the delivery."""
    adapter = _adapter(email.folder)
    return adapter.dump_json(adapter.validate_python({"email": email, "address": address})).decode()


def read_values(delivery: Row) -> Values:
    """Raises NothingToSay."""
    values = delivery.values
    if values is None:
        raise NothingToSay(delivery.id)
    read = _adapter(delivery.kind).validate_json(values)
    return Values(read.email, read.address)


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    """Of `Values` with this very email, so that its own fields are written and read."""
    values = make_dataclass("Values", [("email", EMAILS[kind]), ("address", str | None, None)], frozen=True)
    return TypeAdapter(values)
