"""Who gets a mailing, frozen at launch: one INSERT … SELECT makes one row of deliveries for each (O-02, O-04, O-16)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, case, insert, literal, text

from actions import clock
from actions.deliveries.models import Delivery, Lane
from actions.deliveries.operations import give_up_at
from actions.extensions import db
from actions.mailings.models import Mailing
from actions.mailings.wording import page_of
from actions.segments.queries import how_many, supporter_ids
from actions.segments.rules import Acted, Every, Not, OnList, Rule, WantsNews, from_json
from actions.supporters.models import Supporter


class NobodysMailing(ValueError):
    """It goes to no list and is about no page, so nobody has agreed to it."""


def rule_of(mailing: Mailing) -> Rule:
    """The rule that was chosen, and always the consent that the mailing stands on."""
    return Every((scope(mailing), from_json(mailing.rule)))


def scope(mailing: Mailing) -> Rule:
    """Whom we may write to at all: who is on the list, or wants news of this case. Raises NobodysMailing."""
    if mailing.list_id is not None:
        return OnList(mailing.list_id)
    if mailing.page_id is not None:
        return WantsNews(mailing.page_id)
    raise NobodysMailing


def on_list(list_id: int, *, not_yet_acted_on: int | None = None) -> Rule:
    """An alert's usual rule: everyone on the list, without those who have done it already."""
    left_out = () if not_yet_acted_on is None else (Not(Acted(not_yet_acted_on)),)
    return Every((OnList(list_id), *left_out))


def who_acted(page_id: int) -> Rule:
    """An update's rule: who signed or wrote, and wants to know what came of it."""
    return Every((Acted(page_id), WantsNews(page_id)))


def size_of(mailing: Mailing) -> int:
    return how_many(rule_of(mailing))


def size_among(mailing: Mailing, rule: Rule) -> int:
    """As `size_of`, with a rule that is not its own yet; nobody where nobody has agreed."""
    try:
        return how_many(Every((scope(mailing), rule)))
    except NobodysMailing:
        return 0


def write_rows(mailing: Mailing, languages: Collection[str], fallback: str) -> int:
    """How many rows that made. Each reader gets their own language where the mailing speaks it, else `fallback`."""
    now = clock.now()
    values = {
        "mailing_id": literal(mailing.id),
        "lane": literal(Lane.BULK, Delivery.lane.type),
        "kind": literal(mailing.kind.value),
        "supporter_id": Supporter.id,
        "language": _language(languages, fallback),
        "queued_at": literal(now, Delivery.queued_at.type),
        "due_at": literal(now, Delivery.due_at.type),
        "give_up_at": literal(patience_ends(mailing), Delivery.give_up_at.type),
    }
    # Right after an import PostgreSQL still believes these tables to be empty: 20,000 readers then take a minute, and
    # ten times as many a hundred. Taking stock costs a fraction of a second, whatever their size.
    db.session.execute(text("ANALYZE supporters, subscriptions, suppressions, signatures, letters"))
    people = supporter_ids(rule_of(mailing)).with_only_columns(*values.values())
    # Neither RETURNING nor ON CONFLICT: each would cost a large audience seconds, and its mailing has just been locked.
    rows = insert(Delivery).from_select(list(values), people).execution_options(preserve_rowcount=True)
    return db.session.connection().execute(rows).rowcount


def _language(languages: Collection[str], fallback: str) -> ColumnElement[str]:
    return case((Supporter.language.in_(list(languages)), Supporter.language), else_=literal(fallback))


def patience_ends(mailing: Mailing) -> datetime:
    """Until when it is tried; nobody is asked to act after the last day (B-62)."""
    usual, page = give_up_at(Lane.BULK, clock.now()), page_of(mailing)
    return min(usual, page.action_until) if page is not None and page.action_until is not None else usual
