"""When an office is open, by the clock of its own time zone, summer time and all."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from actions.targets.models import DAYS, Target

# An hour's letters go in portions, so that an office does not get them all at once (L-09).
PORTION = timedelta(minutes=5)
PORTIONS_PER_HOUR = 12


def is_open(target: Target, moment: datetime) -> bool:
    local = moment.astimezone(ZoneInfo(target.timezone))
    if not _works_on(target, local):
        return False
    if target.opens_at is None or target.closes_at is None:
        return True
    return target.opens_at <= local.time() < target.closes_at


def opens_next(target: Target, moment: datetime) -> datetime:
    """When it is open again after it has closed; `moment` itself while it is open."""
    if is_open(target, moment):
        return moment
    zone = ZoneInfo(target.timezone)
    today = moment.astimezone(zone).date()
    # Today's opening may lie ahead, and the one of this day a week from now certainly does.
    openings = (datetime.combine(today + timedelta(days=ahead), target.opens_at or time(), zone) for ahead in range(8))
    return next(
        opening.astimezone(UTC)
        for opening in openings
        if _works_on(target, opening) and opening.astimezone(UTC) > moment
    )


def portion_of(target: Target) -> int:
    """How many may go to it in one PORTION: an office that is open for less than an hour has its hour's share in it."""
    open_for = PORTIONS_PER_HOUR
    if target.opens_at is not None and target.closes_at is not None:
        midnight = datetime(2000, 1, 1)  # noqa: DTZ001  # any day: only the distance counts
        span = datetime.combine(midnight, target.closes_at) - datetime.combine(midnight, target.opens_at)
        open_for = min(PORTIONS_PER_HOUR, max(1, span // PORTION))
    return -(-target.max_per_hour // open_for)


def _works_on(target: Target, local: datetime) -> bool:
    return not target.open_days or DAYS[local.weekday()] in target.open_days
