from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import literal, select

from actions.extensions import db
from actions.targets.hours import is_closed, is_open, opens_next, portion_of
from actions.targets.models import Target
from tests.factories.pages import make_target

WORKING = ["mon", "tue", "wed", "thu", "fri"]
NEW_YORK = "America/New_York"


def office(
    timezone: str = NEW_YORK, opens: str | None = "09:00", closes: str | None = "17:00", **changes: object
) -> Target:
    return Target(
        timezone=NEW_YORK,
        opens_at=time.fromisoformat(opens) if opens else None,
        closes_at=time.fromisoformat(closes) if closes else None,
        **({"open_days": WORKING, "max_per_hour": 60} | changes),
    )


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_without_hours_an_office_is_open_always() -> None:
    always = office(opens=None, closes=None, open_days=[])
    assert all(is_open(always, utc("2026-03-07T00:00") + timedelta(hours=hour)) for hour in range(24 * 7))


@pytest.mark.parametrize(
    ("moment", "open_then"),
    [
        ("2026-03-06T13:59:59", False),
        ("2026-03-06T14:00", True),
        ("2026-03-06T21:59:59", True),
        ("2026-03-06T22:00", False),
        # Saturday.
        ("2026-03-07T15:00", False),
        # Monday, with the clocks an hour ahead since Sunday.
        ("2026-03-09T12:59:59", False),
        ("2026-03-09T13:00", True),
        ("2026-03-09T21:00", False),
    ],
)
def test_an_office_is_open_by_its_own_clock(moment: str, open_then: bool) -> None:  # noqa: FBT001  # a column of the table
    assert is_open(office(), utc(moment)) is open_then


@pytest.mark.parametrize("first", ["2026-03-05T00:00", "2026-10-29T00:00"])
def test_over_a_week_in_which_the_clocks_change_it_is_open_forty_hours_and_always_from_nine_to_five(first: str) -> None:
    quarters = [utc(first) + timedelta(minutes=15 * number) for number in range(7 * 24 * 4)]
    local = [moment.astimezone(ZoneInfo(NEW_YORK)) for moment in quarters if is_open(office(), moment)]
    assert len(local) == 40 * 4
    assert {moment.hour for moment in local} == set(range(9, 17))


def test_the_database_knows_as_well_who_is_closed(app: Flask) -> None:
    week = {"open_days": WORKING}
    hours = {"opens_at": time(9), "closes_at": time(17, 30)}
    offices = [make_target(str(number), **known) for number, known in enumerate(({}, week, hours, week | hours))]
    # Over a night and a weekend in which the clocks change.
    for moment in (utc("2026-03-06T12:00") + timedelta(minutes=30 * number) for number in range(4 * 48)):
        closed = db.session.scalars(select(Target.id).where(is_closed(literal(moment)))).all()
        assert set(closed) == {one.id for one in offices if not is_open(one, moment)}


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-03-06T15:00", "2026-03-06T15:00"),
        ("2026-03-06T10:00", "2026-03-06T14:00"),
        ("2026-03-06T22:00", "2026-03-09T13:00"),
        ("2026-10-30T21:00", "2026-11-02T14:00"),
    ],
)
def test_it_opens_next_on_a_working_day_whatever_the_clocks_do_between(moment: str, opening: str) -> None:
    assert opens_next(office(), utc(moment)) == utc(opening)


def test_an_opening_in_the_hour_that_summer_time_leaves_out_comes_right_after_it() -> None:
    night = office(opens="02:30", closes="04:00", open_days=["sun"])
    opening = opens_next(night, utc("2026-03-08T00:00"))
    assert opening == utc("2026-03-08T07:30")
    assert is_open(night, opening)


def test_an_office_of_one_day_opens_again_a_week_later() -> None:
    mondays = office(open_days=["mon"], opens=None, closes=None)
    assert opens_next(mondays, utc("2026-03-10T12:00")) == utc("2026-03-16T04:00")


@pytest.mark.parametrize(
    ("opens", "closes", "portion"),
    [(None, None, 5), ("09:00", "17:00", 5), ("09:00", "09:30", 10), ("09:00", "09:02", 60)],
)
def test_the_letters_of_an_hour_are_spread_over_what_is_open(
    opens: str | None, closes: str | None, portion: int
) -> None:
    assert portion_of(office(opens=opens, closes=closes)) == portion
