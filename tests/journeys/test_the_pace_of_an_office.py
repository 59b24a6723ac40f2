"""The pace of an office, as its mail server sees it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from actions import clock
from actions.letters.models import LetterState
from actions.letters.queries import states_of
from actions.targets.models import DAYS, Target
from devserver.catcher import Catcher
from tests.factories.many_letters import make_ready_letters
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from workers.deliver import drain
from workers.letters import release

LETTERS = 10_000
PER_HOUR, PER_DAY = 30, 80
OPENS, CLOSES = time(9), time(16, 30)
WORKDAYS = DAYS[:5]
ZONE = "Asia/Phnom_Penh"
STEP, AT_NIGHT = timedelta(minutes=5, seconds=1), timedelta(minutes=53)


@pytest.fixture
def catcher(app: Flask) -> Iterator[Catcher]:
    with Catcher() as made:
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"smtp_url": made.url})
        yield made


@pytest.fixture
def office(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target(
        timezone=ZONE,
        opens_at=OPENS,
        closes_at=CLOSES,
        open_days=WORKDAYS,
        max_per_hour=PER_HOUR,
        max_per_day=PER_DAY,
    )


@pytest.mark.requirement("L-09")
@pytest.mark.thorough
def test_ten_thousand_letters_never_exceed_the_pace_of_their_office(catcher: Catcher, office: Target) -> None:
    """For a week all of them are ready, and it is looked twice for what may go at each step of the clock."""
    make_ready_letters(make_page(targets=[office], action_until=None), [office], LETTERS)
    end = clock.now() + timedelta(days=7)
    arrived: list[tuple[datetime, int]] = []
    while clock.now() < end:
        before = len(catcher.received)
        release()
        release()
        drain("letters")
        arrived.append((clock.now(), len(catcher.received) - before))
        clock.clock.move(STEP if is_office_hour(clock.now()) else AT_NIGHT)
    gone = len(catcher.received)
    assert len({mail.content for mail in catcher.received}) == gone
    assert states_of(office) == {LetterState.SENT: gone, LetterState.READY: LETTERS - gone}
    assert [moment for moment, number in arrived if number and not is_office_hour(moment)] == []
    assert most_within(timedelta(hours=1), arrived) == PER_HOUR
    assert most_within(timedelta(days=1), arrived) == PER_DAY
    assert gone >= 4 * PER_DAY, "of five days one may be begun late"


def local(moment: datetime) -> datetime:
    return moment.astimezone(ZoneInfo(ZONE))


def is_office_hour(moment: datetime) -> bool:
    here = local(moment)
    return DAYS[here.weekday()] in WORKDAYS and OPENS <= here.time() < CLOSES


def most_within(span: timedelta, arrived: Sequence[tuple[datetime, int]]) -> int:
    return max(sum(number for at, number in arrived if moment - span < at <= moment) for moment, _ in arrived)
