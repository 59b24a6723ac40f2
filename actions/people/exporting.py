"""Everybody on a list, as a table that the import reads again: written as it is read, and kept nowhere.

UTF-8 CSV (RFC 4180) with the columns of the import; safe to open in a spreadsheet (W-15). A file that is kept somewhere
would hold people who are erased the next day.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from actions.actors import Actor
from actions.extensions import db
from actions.lists.models import MailingList, Subscription, SubscriptionState
from actions.people.operations import Reason
from actions.spreadsheets import MARK, csv_lines
from actions.staff.audit import note
from actions.supporters.models import Supporter, SupporterState

HEAD = ("email", "first_name", "last_name", "country", "language", "consent_date")
BATCH = 2_000
SEALED = ("email", "first_name", "last_name")


def take_out_list(joined: MailingList, reason: Reason, *, by: Actor) -> None:
    """Before it leaves the desk: who took it, why, and how many people that were."""
    note(
        "took out a list",
        by=by,
        about=(MailingList.__tablename__, joined.id),
        after={"reason": reason.value, "people": number_on(joined)},
    )


def number_on(joined: MailingList) -> int:
    """Whom the list may be mailed to."""
    counted = (
        select(func.count())
        .select_from(Subscription)
        .where(Subscription.list_id == joined.id, Subscription.state == SubscriptionState.ACTIVE)
    )
    return db.session.scalar(counted) or 0


def as_csv(list_id: int) -> Iterator[str]:
    """A batch at a time, in the order in which people came to us."""
    yield MARK + csv_lines([HEAD])
    after = 0
    while rows := _batch(list_id, after):
        yield csv_lines(rows_of for _, rows_of in rows)
        after = rows[-1][0]


def _batch(list_id: int, after: int) -> list[tuple[int, Sequence[object]]]:
    columns = [getattr(Supporter, f"{name}_sealed") for name in SEALED]
    wanted = (
        select(Supporter.id, *columns, Supporter.country, Supporter.language, Subscription.joined_at)
        .join(Subscription, Subscription.supporter_id == Supporter.id)
        .where(
            Subscription.list_id == list_id,
            Subscription.state == SubscriptionState.ACTIVE,
            Subscription.supporter_id > after,
            Supporter.state == SupporterState.ACTIVE,
        )
        .order_by(Subscription.supporter_id)
        .limit(BATCH)
    )
    found: list[tuple[int, Sequence[object]]] = []
    for row_id, email, first, last, country, language, joined_at in db.session.execute(wanted):
        opened = (
            Supporter.email.open(email, row_id),
            Supporter.first_name.open(first, row_id),
            Supporter.last_name.open(last, row_id),
        )
        day = joined_at.date().isoformat() if joined_at else ""
        found.append((row_id, (*opened, country, language, day)))
    return found
