"""What a mailing's rows add up to, told from one look at them."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, ColumnElement, Function, Select, and_, cast, func, not_, or_, select, text, tuple_

from actions import clock
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import Json, db
from actions.mailings.models import Mailing
from actions.supporters.models import Supporter

S = DeliveryState
RECENTLY = timedelta(minutes=1)
# Up to so many rows are counted within a screen's time.
LARGE = 10_000
LARGEST = 10
# Enough to tell sites apart, too little to look one up in a list of domains without the key.
LABEL_LENGTH = 4
NO_COUNTRY = "unknown"
HOUR = "%Y-%m-%d %H:00"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
TROUBLED = (S.FAILED, S.DEFERRED, S.UNKNOWN)


class By(StrEnum):
    LANGUAGE = "language"
    COUNTRY = "country"
    HOUR = "hour"


@dataclass(frozen=True, kw_only=True)
class Site:
    """`label` stands for the registrable domain: the beginning of its keyed hash."""

    label: str
    rows: int
    sent: int
    put_off: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class Tally:
    """All rows by state, those of them that have not ended, and what screens show of them."""

    states: Mapping[S, int]
    still_open: Mapping[S, int]
    # Key -> sent, refused, left out, open.
    lines: Mapping[By, Mapping[str, Sequence[int]]]
    # Those with most put off first, then the largest.
    sites: Sequence[Site]
    # State, SMTP's code and how many, of what was refused or put off; the most frequent first.
    reasons: Sequence[tuple[S, str, int]]
    ended_recently: int = 0
    next_due: datetime | None = None
    put_off_by: str = ""
    # None: just now.
    counted_at: datetime | None = None

    @property
    def rows(self) -> int:
        return sum(self.states.values())

    @property
    def under_way(self) -> int:
        return sum(self.still_open.values())


_FORM = TypeAdapter(Tally)


def as_json(tally: Tally) -> Json:
    return dict(_FORM.dump_python(tally, mode="json"))


def from_json(kept: Json) -> Tally:
    return _FORM.validate_python({"still_open": {}} | kept)


def is_large(mailing: Mailing) -> bool:
    return (mailing.audience or 0) > LARGE


def count(mailing: Mailing) -> Tally:
    """The truth, from one pass over the rows and their readers."""
    # PostgreSQL knows nothing yet of a mailing that was written just now, and cannot tell how few groups there are.
    # Of a large one it would look up readers one by one, or sort: twice as long. A small one it takes for as large as
    # those before it, and would read all people for its few readers.
    unwanted = ("nestloop", "sort") if is_large(mailing) else ("hashjoin", "mergejoin")
    db.session.execute(text("; ".join(f"SET LOCAL enable_{one} = off" for one in unwanted)))
    states, still_open, reasons = Counter[S](), Counter[S](), Counter[tuple[S, str]]()
    lines: dict[By, dict[str, list[int]]] = {by: defaultdict(lambda: [0, 0, 0, 0]) for by in By}
    sites, lately, due = [], 0, None
    for row in db.session.execute(_grouped(mailing)):
        if row.is_site:
            label = row.site[:LABEL_LENGTH].hex()
            sites.append(Site(label=label, rows=row.rows, sent=row.sent, put_off=row.put_off, failed=row.failed))
            continue
        column = _column(row.state, has_ended=row.has_ended)
        if row.is_country:
            lines[By.COUNTRY][row.country or NO_COUNTRY][column] += row.rows
            continue
        states[row.state] += row.rows
        lines[By.LANGUAGE][row.language][column] += row.rows
        lines[By.HOUR][row.hour.astimezone(UTC).strftime(HOUR)][column] += row.rows
        lately += row.lately
        if not row.has_ended:
            still_open[row.state] += row.rows
        if row.state in TROUBLED:
            reasons[row.state, row.status or str(row.code or "")] += row.rows
        if row.state is S.DEFERRED:
            due = min(due or row.due, row.due)
    db.session.execute(text("; ".join(f"SET LOCAL enable_{one} = DEFAULT" for one in unwanted)))
    # Groups come in any order: equal numbers must not change places on a screen that counts along.
    frequent = sorted(reasons.items(), key=lambda one: (-one[1], one[0]))
    return Tally(
        states=states,
        still_open=still_open,
        lines=lines,
        sites=sites,
        reasons=[(*reason, number) for reason, number in frequent[:LARGEST]],
        ended_recently=lately,
        next_due=due,
        put_off_by=next((code for (state, code), _ in frequent if state is S.DEFERRED and code), ""),
    )


def _column(state: S, *, has_ended: bool) -> int:
    """Of a line of `Tally.lines`."""
    if not has_ended:
        return 3
    return {S.SENT: 0, S.SUPPRESSED: 2, S.CANCELLED: 2}.get(state, 1)


def _grouped(mailing: Mailing) -> Select[Any]:
    """The rows that share all that is told of them, then by what they are, by country and by site: adding up a few
    thousand groups three times costs nothing beside reading a million rows twice.
    """
    ended = Delivery.ended_at.is_not(None)
    hour = func.date_bin(timedelta(hours=1), func.coalesce(Delivery.ended_at, Delivery.queued_at), EPOCH)
    keys: dict[str, ColumnElement[Any]] = {
        "state": Delivery.state.expression,
        "has_ended": ended,
        "language": Delivery.language.expression,
        "hour": hour,
        "status": Delivery.reply_status.expression,
        "code": Delivery.reply_code.expression,
        "country": Supporter.country.expression,
        "site": Supporter.site_hash.expression,
    }
    numbers: dict[str, ColumnElement[Any]] = {
        "rows": func.count(),
        "lately": func.count().filter(Delivery.ended_at > clock.now() - RECENTLY),
        "due": func.min(Delivery.due_at),
    }
    fine = (
        select(*(value.label(name) for name, value in (keys | numbers).items()))
        .join(Supporter, Supporter.id == Delivery.supporter_id)
        .where(Delivery.mailing_id == mailing.id)
        .group_by(*keys.values())
        .cte("fine")
        .prefix_with("MATERIALIZED")
    )
    key, rows = fine.c, func.sum(fine.c.rows)
    what = [key[name] for name in ("state", "has_ended", "language", "hour", "status", "code")]
    sets = func.grouping_sets(tuple_(*what), tuple_(key.state, key.has_ended, key.country), tuple_(key.site))
    is_site, put_off = func.grouping(key.site) == 0, _of(rows, key.state == S.DEFERRED)
    place = func.row_number().over(
        partition_by=is_site, order_by=(key.site.is_(None), put_off.desc(), rows.desc(), key.site)
    )
    grouped = (
        select(
            *what,
            key.country,
            key.site,
            is_site.label("is_site"),
            (func.grouping(key.country) == 0).label("is_country"),
            place.label("place"),
            cast(rows, BigInteger).label("rows"),
            _of(rows, key.state == S.SENT).label("sent"),
            put_off.label("put_off"),
            _of(rows, key.state == S.FAILED).label("failed"),
            cast(func.sum(key.lately), BigInteger).label("lately"),
            func.min(key.due).label("due"),
        )
        .group_by(sets)
        .subquery()
    )
    most = and_(grouped.c.site.is_not(None), grouped.c.place <= LARGEST)
    return select(grouped).where(or_(not_(grouped.c.is_site), most)).order_by(grouped.c.place)


def _of(rows: Function[Any], wanted: ColumnElement[bool]) -> ColumnElement[int]:
    return cast(func.coalesce(rows.filter(wanted), 0), BigInteger)
