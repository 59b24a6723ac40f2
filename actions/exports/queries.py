from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from actions.exports.models import Export, ExportPart, ExportState
from actions.exports.rows import Row, still_on, unpacked
from actions.extensions import db
from actions.lists.models import MailingList, Subscription, SubscriptionState
from actions.lists.queries import name_in
from actions.staff.models import AuditEntry, Staff
from email_templates.language import SOURCE_LANGUAGE

# A screen must not read a million rows to say how many there are.
MOST_COUNTED = 10_000
SHOWN = 50
TOOK = "took out a list"


class NotThere(LookupError):
    """The export is not made yet, or is gone."""


class Taken(NamedTuple):
    """Somebody took a list out of the desk."""

    at: datetime
    who: str
    what: str


def number_on(joined: MailingList) -> int:
    """Whom the list may be mailed to; MOST_COUNTED stands for as many or more."""
    first = (
        select(Subscription.id)
        .where(Subscription.list_id == joined.id, Subscription.state == SubscriptionState.ACTIVE)
        .limit(MOST_COUNTED)
    )
    return db.session.scalar(select(func.count()).select_from(first.subquery())) or 0


def newest(staff_id: int | None) -> Sequence[Export]:
    """Of one member, or of all, the newest first."""
    wanted = select(Export).order_by(Export.id.desc()).limit(SHOWN)
    return db.session.scalars(wanted if staff_id is None else wanted.where(Export.staff_id == staff_id)).all()


def rows_of(export_id: int, number: int) -> list[Row]:
    """Of one part, whoever is on the list at this moment. Raises NotThere."""
    export = db.session.get(Export, export_id, populate_existing=True)
    wanted = select(ExportPart.id, ExportPart.content_sealed).where(
        ExportPart.export_id == export_id, ExportPart.number == number
    )
    part = db.session.execute(wanted).one_or_none()
    if export is None or export.state is not ExportState.READY or part is None:
        raise NotThere
    return still_on(export.list_id, unpacked(ExportPart.content.open(part.content_sealed, part.id) or ""))


def taken_since(moment: datetime) -> Iterator[Taken]:
    """The newest first (P-11)."""
    noted = select(AuditEntry).where(AuditEntry.at > moment, AuditEntry.action == TOOK).order_by(AuditEntry.id.desc())
    for entry in db.session.scalars(noted.limit(SHOWN)):
        member, joined = db.session.get(Staff, entry.staff_id or 0), db.session.get(MailingList, entry.about_id or 0)
        who = (member and (member.name or member.email)) or f"member {entry.staff_id}"
        yield Taken(entry.at, who, name_in(joined, SOURCE_LANGUAGE) if joined else f"list {entry.about_id}")
