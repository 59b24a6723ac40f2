"""Counting is a batch: signing only inserts, so that a page shared by a million people has no hot row.

A run adds what was counted since the last one to the page's number and to its journal by country and hour; a nightly
run counts all of it again and repairs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Table, Update, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute

from actions.extensions import db
from actions.pages.models import Page, PageCount

# Of the advisory lock that lets one counter run at a time.
LOCK = 7_110_001


@dataclass(frozen=True)
class Acts:
    """One kind of act on pages: a table with page_id, country, state and tallied, and which of its rows count."""

    kind: str
    table: Table
    counting: Sequence[StrEnum]
    # Rows in these states stopped counting.
    ended: Sequence[StrEnum]
    # When a row came to count.
    moment: str
    total: InstrumentedAttribute[int]


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
        select(func.count()).where(acts.table.c.page_id == Page.id, acts.table.c.tallied.is_(True)).scalar_subquery()
    )
    db.session.execute(update(Page).values({acts.total: counted}).execution_options(synchronize_session=False))


def _take(acts: Acts, states: Sequence[StrEnum], *, tallied: bool, sign: int) -> int:
    """One statement: mark the rows, add them up in the journal and in the page's number."""
    table = acts.table
    marked: Update = (
        update(table)
        .where(table.c.state.in_(states), table.c.tallied.is_(not tallied))
        .values(tallied=tallied)
        .returning(table.c.page_id, func.coalesce(table.c.country, "").label("country"), _hour(acts).label("hour"))
    )
    taken = marked.cte("taken")
    by_hour = select(
        taken.c.page_id, literal(acts.kind), taken.c.country, taken.c.hour, literal(sign) * func.count()
    ).group_by(taken.c.page_id, taken.c.country, taken.c.hour)
    journal = insert(PageCount).from_select(["page_id", "kind", "country", "hour", "count"], by_hour)
    added = journal.on_conflict_do_update(
        index_elements=["page_id", "kind", "country", "hour"],
        set_={"count": PageCount.count + journal.excluded.count},
    ).returning(PageCount.id)
    per_page = select(taken.c.page_id, func.count().label("count")).group_by(taken.c.page_id).subquery()
    totals = (
        update(Page)
        .where(Page.id == per_page.c.page_id)
        .values({acts.total: acts.total + sign * per_page.c.count})
        .add_cte(added.cte("journal"))
        .returning(per_page.c.count)
        .execution_options(synchronize_session=False)
    )
    return sum(db.session.scalars(totals))


def _hour(acts: Acts) -> ColumnElement[object]:
    return func.date_trunc("hour", func.coalesce(acts.table.c[acts.moment], acts.table.c.created_at))
