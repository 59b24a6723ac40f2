from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR, WORKER
from actions.deliveries.models import DeliveryState
from actions.desk.letter_standing import Row, TargetPlan, Why, plans, rows, sums
from actions.extensions import db
from actions.letters.counting import count, counted
from actions.letters.models import LetterState
from actions.letters.releasing import release_due
from actions.letters.stopping import stop
from actions.pages.models import Page, PageState
from actions.targets.models import DeliveryMode, Target, WaitsWhy
from actions.targets.waiting import let_wait
from tests.factories.letters import delivery_of, make_letters, make_supporter, move_to
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.supporters import write

L = LetterState
# A Monday, ten in the morning where the target's office stands.
TEN = datetime(2026, 12, 7, 15, tzinfo=UTC)


@pytest.fixture
def target(app: Flask) -> Target:
    clock.clock.move(TEN - clock.now())
    make_organisation()
    make_list()
    return make_target(max_per_hour=120)


@pytest.fixture
def page(target: Target) -> Page:
    return make_page(targets=[target])


def counted_rows() -> list[Row]:
    count()
    db.session.commit()
    return rows(counted())


def the_plan() -> TargetPlan:
    count()
    db.session.commit()
    (made,) = plans(counted(), 10)
    return made


def test_what_moves_comes_first_and_what_writers_send_themselves_is_counted_apart(page: Page, target: Target) -> None:
    quiet = make_page("quiet", targets=[target])
    for number, state in enumerate(
        (L.SENT, L.POSTED, L.SELF_SENT, L.PRINTED, L.PRINTED, L.FAILED, L.CANCELLED, L.EXPIRED)
    ):
        write(quiet, make_supporter(f"q{number}@example.org"), target, state)
    first, *_ = make_letters(page, target, 3)
    move_to(first, L.HELD)
    moving, still = counted_rows()
    assert (moving.page.id, moving.is_moving, moving.held, moving.numbers["wait"]) == (page.id, True, 1, 3)
    assert (still.page.id, still.is_moving, still.why) == (quiet.id, False, [])
    assert sums(counted()) == {
        "unconfirmed": 0,
        "wait": 3,
        "under_way": 0,
        "sent": 1,
        "unknown": 0,
        "nothing": 2,
        "printed": 2,
        "posted": 1,
        "self_sent": 1,
        "b_wait": 0,
        "b_under_way": 0,
        "b_sent": 0,
    }


def test_what_goes_in_bundles_is_counted_apart_and_never_planned(page: Page, target: Target) -> None:
    target.delivery = DeliveryMode.BUNDLE
    db.session.commit()
    make_letters(page, target, 2)
    (row,) = counted_rows()
    assert (row.numbers["wait"], row.numbers["b_wait"], row.is_moving) == (0, 2, True)
    assert row.why == [Why.BUNDLE]
    assert plans(counted(), 10) == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": PageState.PAUSED}, Why.PAGE_PAUSED),
        ({"state": PageState.CLOSED}, Why.PAGE_ENDED),
        ({"action_until": datetime(2020, 1, 1, tzinfo=UTC)}, Why.PAGE_ENDED),
    ],
)
def test_a_row_says_what_its_page_holds(page: Page, target: Target, change: dict[str, object], why: Why) -> None:
    make_letters(page, target, 1)
    for name, value in change.items():
        setattr(page, name, value)
    (row,) = counted_rows()
    assert row.why == [why]


def test_a_row_says_who_stopped_it_who_has_to_look_and_whom_nothing_reaches(page: Page, target: Target) -> None:
    first, *_ = make_letters(page, target, 2)
    move_to(first, L.HELD)
    stop(page, by=OPERATOR)
    target.delivery = DeliveryMode.POST
    (row,) = counted_rows()
    assert row.why == [Why.PAGE_STOPPED, Why.BY_POST, Why.WRITERS]


def test_a_plan_says_how_many_go_today_and_when_it_is_done(page: Page, target: Target) -> None:
    target.max_per_day, target.opens_at, target.closes_at = 20, time(9), time(17)
    make_letters(page, target, 25)
    assert release_due(by=WORKER) == 10
    db.session.commit()
    clock.clock.move(timedelta(minutes=1))
    made = the_plan()
    assert (made.plan.waiting, made.plan.today, made.plan.now, made.why) == (15, 10, 0, [])
    assert made.plan.ends_at == TEN - timedelta(hours=1) + timedelta(days=1)


def test_a_plan_says_what_holds_it(page: Page, target: Target, app: Flask) -> None:
    first, *_ = make_letters(page, target, 3)
    target.max_in_total, target.opens_at, target.closes_at = 1, time(9), time(17)
    assert release_due(by=WORKER) == 1
    delivery_of(first).state = DeliveryState.DEFERRED
    stop(None, by=OPERATOR)
    assert the_plan().why == [Why.ALL_STOPPED, Why.HAS_ALL, Why.PUT_OFF]
    clock.clock.move(timedelta(hours=10))
    assert the_plan().why == [Why.ALL_STOPPED, Why.CLOSED, Why.HAS_ALL, Why.PUT_OFF]
    assert the_plan().opens == TEN + timedelta(hours=23)
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"target_second_person": True})
    assert Why.UNVERIFIED in the_plan().why
    let_wait(target, WaitsWhy.FULL, by=WORKER)
    assert Why.TARGET_WAITS in the_plan().why


def test_only_letters_that_are_ready_and_whose_page_lets_them_go_have_a_plan(page: Page, target: Target) -> None:
    first, _ = make_letters(page, target, 2)
    move_to(first, L.RELEASED)
    assert the_plan().plan.waiting == 1
    stop(page, by=OPERATOR)
    assert plans(counted(), 10) == []
