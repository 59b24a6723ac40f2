from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from actions.targets.hours import PORTION, is_open, portion_of
from actions.targets.models import Target
from actions.targets.planning import DAY, HOUR, Gone, plan

NEW_YORK = ZoneInfo("America/New_York")
WORKING = ["mon", "tue", "wed", "thu", "fri"]
NOTHING = Gone()


def office(opens: str | None = "09:00", closes: str | None = "17:00", **changes: object) -> Target:
    usual = {"timezone": NEW_YORK.key, "open_days": WORKING, "max_per_hour": 60, "max_per_day": 500}
    return Target(
        opens_at=time.fromisoformat(opens) if opens else None,
        closes_at=time.fromisoformat(closes) if closes else None,
        **(usual | changes),
    )


def always(**changes: object) -> Target:
    return office(None, None, open_days=[], **changes)


def there(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


def step_by_step(office: Target, waiting: int, now: datetime) -> Iterator[datetime]:
    """When each letter goes if the rule of letters/releasing.py is asked every minute."""
    gone: list[datetime] = []
    limits = ((DAY, office.max_per_day), (HOUR, office.max_per_hour), (PORTION, portion_of(office)))
    while len(gone) < waiting:
        if is_open(office, now):
            room = min(most - sum(at > now - span for at in gone[-most:]) for span, most in limits)
            gone += [now] * min(room, waiting - len(gone))
        now += timedelta(minutes=1)
    yield from gone


# Monday.
NINE = there("2026-12-07T09:00")


@pytest.mark.requirement("L-09")
@pytest.mark.parametrize(
    ("to", "waiting", "now"),
    [
        (office(), 1, NINE),
        (office(), 100, NINE),
        (office(), 1300, NINE),
        (office(max_per_hour=61), 250, NINE),
        (office(max_per_hour=7, max_per_day=20), 65, NINE),
        (office("09:00", "09:30", max_per_hour=50), 120, there("2026-12-05T12:00")),
        (office(max_per_day=30), 100, there("2026-12-04T16:58")),
        (always(max_per_hour=24, max_per_day=100), 330, there("2026-12-07T00:00")),
        (always(), 1201, there("2026-12-07T00:00")),
    ],
)
def test_the_plan_is_what_releasing_does(to: Target, waiting: int, now: datetime) -> None:
    went = list(step_by_step(to, waiting, now))
    planned = plan(to, waiting, NOTHING, now)
    assert planned.ends_at is not None
    assert abs(planned.ends_at - went[-1]) <= PORTION
    day = now.astimezone(NEW_YORK).date()
    assert planned.today == sum(at.astimezone(NEW_YORK).date() == day for at in went)
    assert planned.now == (went.count(now) if is_open(to, now) else 0)


@pytest.mark.requirement("L-09")
@pytest.mark.parametrize(("day", "offset"), [("2027-03-15", -4), ("2027-11-08", -5)])
def test_after_the_clocks_change_the_rest_goes_at_the_same_hour_of_the_office(day: str, offset: int) -> None:
    """The Friday before has room for 480; Monday's first portion comes at nine, whatever that is elsewhere."""
    monday = datetime.fromisoformat(day).replace(tzinfo=NEW_YORK)
    friday = (monday - timedelta(days=3)).replace(hour=9).astimezone(UTC)
    ends_at = plan(office(), 481, NOTHING, friday).ends_at
    assert ends_at == monday.replace(hour=9).astimezone(UTC)
    assert ends_at.astimezone(NEW_YORK).utcoffset() == timedelta(hours=offset)


@pytest.mark.parametrize(("day", "hours"), [("2027-03-14", 23), ("2027-11-07", 25), ("2027-06-01", 24)])
def test_a_day_has_as_many_hours_as_the_clocks_give_it(day: str, hours: int) -> None:
    planned = plan(always(max_per_day=5000), 5000, NOTHING, there(f"{day}T00:00"))
    assert planned.today == hours * 60


def test_what_went_today_takes_from_today_and_from_the_next_release() -> None:
    noon = there("2026-12-07T12:00")
    planned = plan(office(max_per_day=200), 300, Gone(in_portion=2, in_hour=60, in_day=180, today=180), noon)
    assert (planned.now, planned.today) == (0, 20)
    assert plan(office(), 300, Gone(in_portion=2, in_hour=30, in_day=30, today=30), noon).now == 3
    assert planned.ends_at is not None
    assert planned.ends_at.astimezone(NEW_YORK).date().isoformat() == "2026-12-09"


def test_no_more_goes_than_an_office_takes_in_all() -> None:
    planned = plan(office(max_in_total=100), 60, Gone(in_all=70), NINE)
    assert (planned.waiting, planned.today, planned.left) == (60, 30, 30)
    assert planned.ends_at == NINE + timedelta(minutes=25)
    full = plan(office(max_in_total=100), 60, Gone(in_all=130), NINE)
    assert (full.now, full.today, full.left, full.ends_at) == (0, 0, 60, None)


def test_an_office_that_is_closed_begins_when_it_opens() -> None:
    saturday = there("2026-12-05T12:00")
    planned = plan(office(), 5, NOTHING, saturday)
    assert (planned.now, planned.today, planned.ends_at) == (0, 0, NINE)


def test_nothing_waits_so_nothing_is_planned() -> None:
    planned = plan(office(), 0, NOTHING, NINE)
    assert (planned.now, planned.today, planned.left, planned.ends_at) == (0, 0, 0, None)


def test_what_takes_longer_than_a_year_has_no_end() -> None:
    planned = plan(office(max_per_day=1), 400, NOTHING, NINE)
    assert (planned.today, planned.left, planned.ends_at) == (1, 0, None)
