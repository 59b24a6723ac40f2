from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from actions.actors import OPERATOR, WORKER, Actor, Role
from actions.clock import clock
from actions.extensions import db
from actions.staff import second_eyes
from actions.staff.models import Staff
from actions.staff.queries import newest_entries
from actions.staff.roles import StaffRole
from actions.staff.second_eyes import Deed, NobodyElse, NotAgreed, OwnRequest, answer, ask, must_stand, use, waiting
from tests.factories.staff import make_staff

DEED = Deed(name="send", role=StaffRole.SENDER, about=("mailings", 7), digest="abc", said="Send it", number=12)


def member(name: str, *roles: StaffRole) -> Staff:
    made = make_staff(*roles, email=f"{name}@open-door.test", name=name)
    made.joined_at = clock.now()
    db.session.commit()
    return made


def actor(staff: Staff) -> Actor:
    return Actor(Role.STAFF, staff.id)


@pytest.fixture
def ann(app: Flask) -> Actor:
    return actor(member("ann", StaffRole.SENDER))


@pytest.fixture
def ben(ann: Actor) -> Actor:
    return actor(member("ben", StaffRole.SENDER))


@pytest.mark.requirement("W-09")
def test_it_goes_when_another_has_said_yes_and_once(ann: Actor, ben: Actor) -> None:
    with pytest.raises(NotAgreed):
        use(DEED, by=ann)
    look = ask(DEED, by=ann)
    assert ask(DEED, by=ann) is look
    assert list(waiting()) == [look]
    with pytest.raises(NotAgreed):
        use(DEED, by=ann)
    answer(look, agreed=True, by=ben)
    assert list(waiting()) == []
    use(DEED, by=ann)
    with pytest.raises(NotAgreed):
        use(DEED, by=ann)
    said = [(entry.action, entry.staff_id) for entry in newest_entries() if entry.about_kind == "mailings"]
    assert said == [("used a second yes", ann.id), ("said yes", ben.id), ("asked for a second yes", ann.id)]


@pytest.mark.requirement("W-09")
def test_whoever_asks_never_answers_and_nobody_but_a_member_does(ann: Actor, ben: Actor) -> None:
    look = ask(DEED, by=ann)
    for own in (ann, OPERATOR, WORKER):
        with pytest.raises(OwnRequest):
            answer(look, agreed=True, by=own)
    assert look.agreed is None


@pytest.mark.requirement("W-09")
@pytest.mark.parametrize("other", [{"digest": "abd"}, {"about": ("mailings", 8)}, {"name": "export"}])
def test_a_yes_is_for_exactly_what_was_asked(ann: Actor, ben: Actor, other: dict[str, object]) -> None:
    answer(ask(DEED, by=ann), agreed=True, by=ben)
    with pytest.raises(NotAgreed):
        use(replace(DEED, **other), by=ann)  # type: ignore[arg-type]  # as its fields are
    use(DEED, by=ann)


def test_a_no_stands_until_it_is_asked_again(ann: Actor, ben: Actor) -> None:
    first = ask(DEED, by=ann)
    answer(first, agreed=False, by=ben)
    answer(first, agreed=True, by=ben)
    assert first.agreed is False
    with pytest.raises(NotAgreed):
        use(DEED, by=ann)
    assert ask(DEED, by=ann) is not first


def test_neither_a_question_nor_a_yes_outlives_a_day(ann: Actor, ben: Actor) -> None:
    agreed, late = ask(DEED, by=ann), ask(replace(DEED, digest="late"), by=ann)
    answer(agreed, agreed=True, by=ben)
    clock.move(second_eyes.LASTS + timedelta(seconds=1))
    answer(late, agreed=True, by=ben)
    assert (late.agreed, list(waiting())) == (None, [])
    with pytest.raises(NotAgreed):
        use(DEED, by=ann)


def test_a_yes_may_stand_for_several_steps_and_is_not_used_up(ann: Actor, ben: Actor) -> None:
    look = ask(DEED, by=ann)
    with pytest.raises(NotAgreed):
        must_stand(DEED)
    answer(look, agreed=True, by=ben)
    must_stand(DEED)
    must_stand(DEED)
    clock.move(second_eyes.LASTS + timedelta(seconds=1))
    with pytest.raises(NotAgreed):
        must_stand(DEED)


def test_what_is_asked_anew_replaces_the_yes(ann: Actor, ben: Actor) -> None:
    look = ask(DEED, by=ann)
    answer(look, agreed=True, by=ben)
    assert ask(DEED, by=ann) is look
    assert ask(DEED, by=ann, anew=True) is not look
    with pytest.raises(NotAgreed):
        use(DEED, by=ann)


def test_somebody_alone_is_told_so(ann: Actor) -> None:
    member("eva", StaffRole.EDITOR)
    gone = member("gus", StaffRole.SENDER)
    gone.active = False
    make_staff(StaffRole.SENDER, email="invited@open-door.test")
    db.session.commit()
    with pytest.raises(NobodyElse):
        ask(DEED, by=ann)
    admin = member("ada", StaffRole.ADMIN)
    assert [one.id for one in second_eyes.others(StaffRole.SENDER, ann.id)] == [admin.id]
    assert ask(DEED, by=ann).agreed is None


def test_it_is_asked_for_only_where_it_is_switched_on_above_the_number_and_at_the_desk(app: Flask, ann: Actor) -> None:
    assert (second_eyes.is_on(), second_eyes.is_needed(10**6, by=ann)) == (False, False)
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"four_eyes_above": 10})
    needed = [second_eyes.is_needed(number, by=by) for number, by in ((10, ann), (11, ann), (11, OPERATOR))]
    assert (second_eyes.is_on(), needed) == (True, [False, True, False])


def test_a_digest_is_of_every_part() -> None:
    parts = {second_eyes.digest_of(*one) for one in (("a", "b"), ("ab",), ("a", "b", None), ([], "ab"))}
    assert len(parts) == 4
    assert second_eyes.digest_of({"a": 1, "b": 2}) == second_eyes.digest_of({"b": 2, "a": 1})
