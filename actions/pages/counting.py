"""Counting is a batch: signing only inserts, so that a page shared by a million people has no hot row.

A run adds what was counted since the last one to the page's number, to its journal by country and hour, and to what
came of the mailing whose link was followed; a nightly run counts the pages' numbers again and repairs them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Table, Update, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from actions.extensions import db
from actions.pages.models import MailingCount, Page, PageCount

# Of the advisory lock that lets one counter run at a time.
LOCK = 7_110_001


@dataclass(frozen=True)
class Acts:
    """One kind of act on pages: a table with page_id, mailing_id, language, country, state and tallied, and which of
    its rows count.
    """

    kind: str
    table: Table
    counting: Sequence[StrEnum]
    # Rows in these states stopped counting.
    ended: Sequence[StrEnum]
    # When a row came to count.
    moment: str
    total: InstrumentedAttribute[int]
    # What else holds of its rows, where one table has several kinds.
    which: Sequence[ColumnElement[bool]] = ()


def tally(acts: Acts) -> int:
    """Count what came to count, and count back what stopped; returns how many rows that were. One at a time."""
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return 0
    added = _take(acts, acts.counting, tallied=True, sign=1)
    return added + _take(acts, acts.ended, tallied=False, sign=-1)


def recount(acts: Acts) -> None:
    """The truth from the rows themselves, for when a number and its rows have parted.

    It counts the rows that are marked as counted: whoever signs or withdraws meanwhile comes with the next `tally`.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    tally(acts)
    counted = (
        select(func.count())
        .where(
            acts.table.c.page_id == Page.id,
            acts.table.c.tallied.is_(True),
            acts.table.c.state.in_([*acts.counting, *acts.ended]),
            *acts.which,
        )
        .scalar_subquery()
    )
    db.session.execute(update(Page).values({acts.total: counted}).execution_options(synchronize_session=False))


def _take(acts: Acts, states: Sequence[StrEnum], *, tallied: bool, sign: int) -> int:
    """One statement: mark the rows, add them up in both journals and in the page's number."""
    table = acts.table
    marked: Update = (
        update(table)
        .where(table.c.state.in_(states), table.c.tallied.is_(not tallied), *acts.which)
        .values(tallied=tallied)
        .returning(
            table.c.page_id,
            table.c.mailing_id,
            table.c.language,
            func.coalesce(table.c.country, "").label("country"),
            _hour(acts).label("hour"),
        )
    )
    taken = marked.cte("taken").c
    number = literal(sign) * func.count()
    place = taken.country, taken.hour
    by_hour = select(taken.page_id, literal(acts.kind), *place, number).group_by(taken.page_id, *place)
    mailed = [taken.mailing_id, taken.language, *place]
    by_mailing = select(*mailed, number).where(taken.mailing_id.is_not(None)).group_by(*mailed)
    per_page = select(taken.page_id, func.count().label("count")).group_by(taken.page_id).subquery()
    totals = (
        update(Page)
        .where(Page.id == per_page.c.page_id)
        .values({acts.total: acts.total + sign * per_page.c.count})
        .add_cte(_journal(PageCount, ["page_id", "kind", "country", "hour"], by_hour))
        .add_cte(_journal(MailingCount, ["mailing_id", "language", "country", "hour"], by_mailing))
        .returning(per_page.c.count)
        .execution_options(synchronize_session=False)
    )
    return sum(db.session.scalars(totals))


def _journal(table: type[PageCount | MailingCount], keys: Sequence[str], numbers: Select[Any]) -> CTE:
    added = insert(table).from_select([*keys, "count"], numbers)
    return (
        added.on_conflict_do_update(index_elements=keys, set_={"count": table.count + added.excluded.count})
        .returning(table.id)
        .cte(table.__tablename__)
    )


def _hour(acts: Acts) -> ColumnElement[object]:
    return func.date_trunc("hour", func.coalesce(acts.table.c[acts.moment], acts.table.c.created_at))
