"""The pace of an office, as its mail server sees it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes

import pytest
from flask import Flask

from actions import clock
from actions.letters.models import LetterState
from actions.letters.queries import states_of
from actions.targets.hours import opens_next
from actions.targets.models import DAYS, Target
from devserver.catcher import Catcher, Received
from tests.factories.arrivals import Promise, broken
from tests.factories.many_letters import make_ready_letters
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from workers.deliver import drain
from workers.letters import release
from workers.sending import dispatch
from workers.sweep import sweep

LETTERS = 10_000
# A portion is a twelfth of an hour's letters. Fewer go in a day than would fit, so that each of the limits holds some.
PER_PORTION, PER_HOUR, PER_DAY = 34, 400, 510
PORTION, HOUR, DAY, MONTH = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1), timedelta(days=31)
OPENS, CLOSES = time(9), time(10, 30)
PROMISE = Promise(
    zone="Asia/Phnom_Penh",
    days=frozenset(range(5)),
    opens=OPENS,
    closes=CLOSES,
    most=((PORTION, PER_PORTION), (HOUR, PER_HOUR), (DAY, PER_DAY)),
    most_a_date=PER_DAY,
)
STEP, WHILE_CLOSED = timedelta(minutes=5, seconds=1), timedelta(minutes=83)
SECOND = timedelta(seconds=1)
SMALL = Promise("UTC", frozenset(range(5)), time(9), time(12), ((PORTION, 2), (HOUR, 10), (DAY, 15)), 15)
MONDAY = datetime(2027, 2, 1, 9, tzinfo=UTC)
KEPT = [MONDAY + number // 2 * PORTION for number in range(10)]


class Mailroom(Catcher):
    """It notes of each mail when it came, by the clock that the office has."""

    def __init__(self) -> None:
        super().__init__()
        self.arrivals: list[datetime] = []

    def keep(self, mail: Received) -> None:
        self.arrivals.append(clock.now())
        super().keep(mail)


@pytest.fixture
def mailroom(app: Flask) -> Iterator[Mailroom]:
    with Mailroom() as made:
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"smtp_url": made.url})
        yield made


@pytest.fixture
def office(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target(
        timezone=PROMISE.zone,
        opens_at=OPENS,
        closes_at=CLOSES,
        open_days=DAYS[:5],
        max_per_hour=PER_HOUR,
        max_per_day=PER_DAY,
    )


@pytest.mark.requirement("L-09")
@pytest.mark.thorough
def test_ten_thousand_letters_arrive_within_a_month_at_the_pace_of_their_office(
    mailroom: Mailroom, office: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them are ready from the first day, and it is looked twice for what may go at each step of the clock."""
    # One at a time bounds what a crash leaves unknown, says nothing about the pace, and takes minutes more.
    monkeypatch.setattr(dispatch, "ONE_LETTER", 8)
    make_ready_letters(make_page(targets=[office], action_until=None), [office], LETTERS)
    end = clock.now() + MONTH
    while len(mailroom.received) < LETTERS and clock.now() < end:
        release()
        release()
        drain("letters")
        clock.clock.move(until_next_look(office, clock.now()))
    writers = {message_from_bytes(mail.content)["Reply-To"] for mail in mailroom.received}
    assert len(writers) == len(mailroom.received) == LETTERS, "each once, and none is lost"
    assert states_of(office) == {LetterState.SENT: LETTERS}
    assert broken(PROMISE, mailroom.arrivals) == []
    dates = Counter(PROMISE.local(moment).date() for moment in mailroom.arrivals)
    assert len(dates) <= LETTERS / PER_DAY * 1.1 + 1, "it took on nearly each day what it takes"
    for full in [date for date, number in dates.items() if number == PER_DAY]:
        quarters = {(at.hour, at.minute // 15) for at in map(PROMISE.local, mailroom.arrivals) if at.date() == full}
        assert len(quarters) >= 5, "spread over its hours"


@pytest.mark.requirement("L-09")
def test_letters_come_at_the_pace_of_their_office_also_after_hours_without_a_relay(
    mailroom: Mailroom, office: Target
) -> None:
    """It is away in the middle of one day, and on the next until after the office has closed."""
    letters, per_hour, per_day = 76, 24, 40
    office.opens_at, office.closes_at = time(9), time(13)
    office.max_per_hour, office.max_per_day = per_hour, per_day
    most = ((PORTION, 2), (HOUR, per_hour), (DAY, per_day))
    promise = replace(PROMISE, closes=time(13), most=most, most_a_date=per_day)
    make_ready_letters(make_page(targets=[office], action_until=None), [office], letters)
    clock.clock.move(opens_next(office, clock.now() + DAY) - clock.now())
    first = promise.local(clock.now()).date()
    away = {first: range(10, 12), first + DAY: range(10, 16)}
    seen = set()
    while len(mailroom.received) < letters and promise.local(clock.now()).date() < first + 7 * DAY:
        here = promise.local(clock.now())
        is_away = here.hour in away.get(here.date(), ())
        if is_away == mailroom.is_listening:
            (mailroom.stop if is_away else mailroom.start)()
        release()
        sweep()
        drain("letters")
        seen |= {(is_away, state) for state in states_of(office)}
        clock.clock.move(until_next_look(office, clock.now()))
    assert (True, LetterState.RELEASED) in seen, "some were under way while the relay was away"
    assert states_of(office) == {LetterState.SENT: letters}
    assert broken(promise, mailroom.arrivals) == []
    assert set(Counter(promise.local(moment).date() for moment in mailroom.arrivals).values()) >= {per_day}


def until_next_look(office: Target, now: datetime) -> timedelta:
    """A little more than a portion's time while it is open; at night more, and not past its opening."""
    until_open = opens_next(office, now) - now
    return min(WHILE_CLOSED, until_open + SECOND) if until_open else STEP


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (KEPT, ""),
        ([*KEPT, MONDAY - SECOND], "it was closed"),
        ([*KEPT, MONDAY + 3 * HOUR], "it was closed"),
        ([*KEPT, MONDAY + 5 * DAY], "it was closed"),
        ([*KEPT, KEPT[-1] + PORTION - SECOND], "more than 2 within 0:05:00"),
        ([*KEPT, MONDAY + HOUR - SECOND], "more than 10 within 1:00:00"),
        ([*KEPT, *(MONDAY + HOUR + number * PORTION for number in range(6))], "16 came"),
        ([at + 2 * HOUR for at in KEPT] + [at + DAY for at in KEPT[:6]], "more than 15 within 1 day"),
    ],
)
def test_what_breaks_a_pace_is_seen_at_the_server(came: list[datetime], said: str) -> None:
    found = broken(SMALL, came)
    assert any(said in one for one in found) if said else found == []
