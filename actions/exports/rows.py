"""Rows of a list as an import reads them again, and as they lie in a sealed part: each with its person's id."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select

from actions.consents.queries import given_for_list
from actions.extensions import db, is_one_of
from actions.lists.models import Subscription, SubscriptionState
from actions.supporters.models import Supporter, SupporterState
from actions.tags.naming import written
from actions.tags.queries import names_of

HEAD = ("email", "first_name", "last_name", "country", "language", "consent_date", "tags")
SEALED = ("email", "first_name", "last_name")
# The person's id, then the cells of HEAD.
Row = list[Any]


def on_list(list_id: int) -> tuple[ColumnElement[bool], ...]:
    """Of supporters beside their subscriptions: whom the list may be mailed to."""
    return (
        Subscription.list_id == list_id,
        Subscription.state == SubscriptionState.ACTIVE,
        Supporter.state == SupporterState.ACTIVE,
    )


def batch(list_id: int, after: int, most: int) -> list[Row]:
    """The next of them beyond the id `after`, in the order in which people came to us."""
    columns = [getattr(Supporter, f"{name}_sealed") for name in SEALED]
    wanted = (
        select(Supporter.id, *columns, Supporter.country, Supporter.language, Subscription.joined_at)
        .join(Subscription, Subscription.supporter_id == Supporter.id)
        .where(*on_list(list_id), Subscription.supporter_id > after)
        .order_by(Subscription.supporter_id)
        .limit(most)
    )
    found = db.session.execute(wanted).all()
    ids = [row.id for row in found]
    tags, given = names_of(ids), given_for_list(list_id, ids)
    rows = []
    for row_id, email, first, last, country, language, joined_at in found:
        opened = (
            Supporter.email.open(email, row_id),
            Supporter.first_name.open(first, row_id),
            Supporter.last_name.open(last, row_id),
        )
        # The day of the import, for whoever came by one, is no evidence of what they said elsewhere.
        said = given.get(row_id, joined_at)
        day = said.date().isoformat() if said else ""
        rows.append([row_id, *opened, country, language, day, written(tags.get(row_id, ()))])
    return rows


def still_on(list_id: int, rows: Sequence[Row]) -> list[Row]:
    """Without those who have left the list or were erased since."""
    here = (
        select(Supporter.id)
        .join(Subscription, Subscription.supporter_id == Supporter.id)
        .where(*on_list(list_id), is_one_of(Subscription.supporter_id, [row[0] for row in rows]))
    )
    ids = set(db.session.scalars(here))
    return [row for row in rows if row[0] in ids]


def packed(rows: Sequence[Row]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def unpacked(content: str) -> list[Row]:
    rows: list[Row] = json.loads(content)
    return rows
