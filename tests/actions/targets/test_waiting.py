from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from actions import clock
from actions.actors import OPERATOR, WORKER, Actor, Role
from actions.extensions import db
from actions.staff.models import AuditEntry
from actions.targets.models import WaitsWhy
from actions.targets.waiting import HeldBack, NotVerified, count_hard_bounce, held_back, let_go_on, let_wait, verify
from tests.factories.pages import make_target

ANN, BEN = Actor(Role.STAFF, 1), Actor(Role.STAFF, 2)


@pytest.fixture
def two_persons(app: Flask) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"target_second_person": True})


def noted() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.mark.usefixtures("app")
def test_its_letters_wait_with_a_reason_and_go_on_and_both_are_noted() -> None:
    target = make_target()
    assert held_back(target, clock.now()) is None
    assert let_wait(target, WaitsWhy.ASKED, "By the form on their site", by=ANN)
    assert not let_wait(target, WaitsWhy.FULL, by=WORKER)
    assert (target.waits_why, target.waits_note) == (WaitsWhy.ASKED, "By the form on their site")
    assert held_back(target, clock.now()) is HeldBack.WAITS
    assert let_go_on(target, by=ANN)
    assert not let_go_on(target, by=ANN)
    assert (target.waits_since, target.waits_why, target.waits_note) == (None, None, "")
    assert noted() == ["letters to a target wait", "letters to a target go on"]


@pytest.mark.usefixtures("app")
def test_the_second_hard_bounce_makes_its_letters_wait_and_going_on_counts_anew() -> None:
    target = make_target()
    count_hard_bounce(target, clock.now(), by=WORKER)
    assert target.waits_since is None
    count_hard_bounce(target, clock.now(), by=WORKER)
    assert target.waits_why is WaitsWhy.BOUNCED
    let_go_on(target, by=ANN)
    count_hard_bounce(target, clock.now(), by=WORKER)
    assert target.waits_since is None


@pytest.mark.usefixtures("app")
def test_a_mail_to_the_address_before_says_nothing_about_the_one_now() -> None:
    target = make_target(address_at=clock.now())
    for _ in range(3):
        count_hard_bounce(target, clock.now() - timedelta(hours=1), by=WORKER)
    assert (target.hard_bounces, target.waits_since) == (0, None)


@pytest.mark.usefixtures("app")
def test_who_verified_it_where_and_when_is_kept() -> None:
    target = make_target(address_by=ANN.id)
    with pytest.raises(NotVerified, match="Write where you saw"):
        verify(target, "", by=ANN)
    verify(target, "Their own site", by=ANN)
    assert (target.verified_by, target.verification_note) == (ANN.id, "Their own site")
    assert target.verified_at is not None
    assert noted() == ["verified a target"]


@pytest.mark.requirement("L-11")
@pytest.mark.usefixtures("two_persons")
def test_where_two_are_asked_for_nothing_goes_until_another_has_verified() -> None:
    target = make_target(address_by=ANN.id)
    assert held_back(target, clock.now()) is HeldBack.UNVERIFIED
    with pytest.raises(NotVerified, match="somebody else"):
        verify(target, "Their own site", by=ANN)
    verify(target, "Their own site", by=BEN)
    assert held_back(target, clock.now()) is None


@pytest.mark.requirement("L-11")
@pytest.mark.usefixtures("two_persons")
def test_what_one_person_wrote_down_and_verified_before_two_were_asked_for_waits_as_well() -> None:
    target = make_target(address_by=ANN.id, verified_by=ANN.id, verified_at=clock.now())
    assert held_back(target, clock.now()) is HeldBack.UNVERIFIED


@pytest.mark.usefixtures("two_persons")
def test_what_an_operator_loaded_anybody_may_verify() -> None:
    target = make_target()
    verify(target, "Their own site", by=ANN)
    verify(target, "Their own site", by=OPERATOR)
    assert target.verified_by is None


@pytest.mark.usefixtures("app")
def test_outside_its_hours_it_is_closed() -> None:
    day = (clock.now().weekday() + 3) % 7
    target = make_target(open_days=[("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day]])
    assert held_back(target, clock.now()) is HeldBack.CLOSED
