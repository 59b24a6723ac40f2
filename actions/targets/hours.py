"""When an office is open, by the clock of its own time zone, summer time and all."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Time, and_, cast, func, not_, or_

from actions.targets.models import DAYS, Target

# An hour's letters go in portions, so that an office does not get them all at once (L-09).
PORTION = timedelta(minutes=5)
PORTIONS_PER_HOUR = 12


class Office(Protocol):
    """A target, or what a form says of one before it is saved."""

    @property
    def timezone(self) -> str: ...
    @property
    def opens_at(self) -> time | None: ...
    @property
    def closes_at(self) -> time | None: ...
    @property
    def open_days(self) -> Sequence[str]: ...
    @property
    def max_per_hour(self) -> int: ...
    @property
    def max_per_day(self) -> int: ...
    @property
    def max_in_total(self) -> int | None: ...


def is_open(office: Office, moment: datetime) -> bool:
    local = moment.astimezone(ZoneInfo(office.timezone))
    if not _works_on(office, local):
        return False
    if office.opens_at is None or office.closes_at is None:
        return True
    return office.opens_at <= local.time() < office.closes_at


def is_closed(moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    """In SQL, of a row of targets: whether it is not open at that moment."""
    there = func.timezone(Target.timezone, moment)
    today, hour = func.jsonb_build_array(func.to_char(there, "dy")), cast(there, Time())
    works = or_(func.jsonb_array_length(Target.open_days) == 0, Target.open_days.contains(today))
    is_within = and_(Target.opens_at <= hour, hour < Target.closes_at)
    return not_(and_(works, or_(Target.opens_at.is_(None), Target.closes_at.is_(None), is_within)))


def opens_next(office: Office, moment: datetime) -> datetime:
    """When it is open again after it has closed; `moment` itself while it is open."""
    if is_open(office, moment):
        return moment
    zone = ZoneInfo(office.timezone)
    today = moment.astimezone(zone).date()
    # Today's opening may lie ahead, and the one of this day a week from now certainly does.
    openings = (datetime.combine(today + timedelta(days=ahead), office.opens_at or time(), zone) for ahead in range(8))
    return next(
        opening.astimezone(UTC)
        for opening in openings
        if _works_on(office, opening) and opening.astimezone(UTC) > moment
    )


def spans(office: Office, moment: datetime, days: int) -> Iterator[tuple[datetime, datetime] | None]:
    """(opens, closes) of its day at `moment` and of those that follow; None for one on which it is closed."""
    zone = ZoneInfo(office.timezone)
    today = moment.astimezone(zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(days)):
        opening = datetime.combine(day, office.opens_at or time(), zone)
        if not _works_on(office, opening):
            yield None
        else:
            yield opening.astimezone(UTC), _closing(office, day, zone).astimezone(UTC)


def portion_of(office: Office) -> int:
    """How many may go to it in one PORTION: an office that is open for less than an hour has its hour's share in it."""
    open_for = PORTIONS_PER_HOUR
    if office.opens_at is not None and office.closes_at is not None:
        midnight = datetime(2000, 1, 1)  # noqa: DTZ001  # any day: only the distance counts
        span = datetime.combine(midnight, office.closes_at) - datetime.combine(midnight, office.opens_at)
        open_for = min(PORTIONS_PER_HOUR, max(1, span // PORTION))
    return -(-office.max_per_hour // open_for)


def _closing(office: Office, day: date, zone: ZoneInfo) -> datetime:
    if office.opens_at is None or office.closes_at is None:
        return datetime.combine(day + timedelta(days=1), time(), zone)
    return datetime.combine(day, office.closes_at, zone)


def _works_on(office: Office, local: datetime) -> bool:
    return not office.open_days or DAYS[local.weekday()] in office.open_days
