"""When the letters that wait for an office will have gone, at the pace in which it takes them in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from actions.targets.hours import PORTION, Office, is_open, portion_of, spans

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# Further ahead than this nobody plans.
HORIZON = 366 * DAY


@dataclass(frozen=True, kw_only=True)
class Gone:
    """How many reached it within the last portion, hour and 24 hours, on the office's own day, and in all.

    Those under way are among them, as if they came now.
    """

    in_portion: int = 0
    in_hour: int = 0
    in_day: int = 0
    today: int = 0
    in_all: int = 0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`now`: with the next release; `today`: until the office's day ends; `left`: more than it takes in all."""

    waiting: int
    now: int
    today: int
    left: int
    # When the last of those that may go does. None where none may, or not within a year.
    ends_at: datetime | None


def plan(office: Office, waiting: int, gone: Gone, now: datetime) -> Plan:
    """If nothing but its hours and limits holds them."""
    rest = going = _room_in_all(office, waiting, gone)
    today, ends_at = 0, None
    for begins, ends, is_today in _days(office, now):
        taken = min(rest, _within(office, ends - begins), office.max_per_day - (gone.today if is_today else 0))
        if taken > 0:
            rest -= taken
            today += taken if is_today else 0
            ends_at = begins + _after(office, taken)
        if not rest:
            break
    limits = (
        portion_of(office) - gone.in_portion,
        office.max_per_hour - gone.in_hour,
        office.max_per_day - gone.in_day,
    )
    at_once = max(0, min(going, *limits)) if is_open(office, now) else 0
    return Plan(waiting=waiting, now=at_once, today=today, left=waiting - going, ends_at=None if rest else ends_at)


def _room_in_all(office: Office, waiting: int, gone: Gone) -> int:
    if office.max_in_total is None:
        return waiting
    return max(0, min(waiting, office.max_in_total - gone.in_all))


def _days(office: Office, now: datetime) -> Iterator[tuple[datetime, datetime, bool]]:
    """(from, until, whether today) of what is left of its opening hours, day by day."""
    for number, span in enumerate(spans(office, now, HORIZON.days)):
        if span is not None and now < span[1]:
            yield max(now, span[0]), span[1], number == 0


def _within(office: Office, time: timedelta) -> int:
    """How many go in such a stretch of opening hours."""
    hours, rest = divmod(time, HOUR)
    return hours * office.max_per_hour + min(office.max_per_hour, -(-rest // PORTION) * portion_of(office))


def _after(office: Office, number: int) -> timedelta:
    """How long after the first portion the letter of that number goes."""
    hours, rest = divmod(number - 1, office.max_per_hour)
    return hours * HOUR + rest // portion_of(office) * PORTION
