from datetime import timedelta

import pytest
from flask import Flask

from actions.actors import Actor, Role
from actions.clock import clock
from actions.extensions import db
from actions.people import operations
from actions.people.operations import Reason, TooManyLooks
from actions.people.queries import alarms
from actions.staff.roles import StaffRole
from tests.factories.staff import make_staff
from tests.factories.supporters import make_supporter


@pytest.mark.requirement("P-11")
def test_looks_are_counted_by_the_hour_and_by_the_member(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MOST_LOOKS", 2)
    ann = make_supporter()
    rana, ben = (Actor(Role.STAFF, make_staff(StaffRole.EDITOR, email=f"{name}@x.test").id) for name in ("rana", "ben"))
    operations.look_at(ann, Reason.ASKED, by=rana)
    operations.take_out(ann, Reason.ASKED, by=rana)
    for look in (operations.look_at, operations.take_out):
        with pytest.raises(TooManyLooks):
            look(ann, Reason.ASKED, by=rana)
    operations.look_at(ann, Reason.ASKED, by=ben)
    clock.move(timedelta(hours=1, minutes=1))
    operations.look_at(ann, Reason.ASKED, by=rana)


def test_one_alarm_an_hour_is_enough(app: Flask) -> None:
    rana = Actor(Role.STAFF, make_staff(StaffRole.EDITOR).id)
    began = clock.now()
    for _ in range(3):
        operations.sound_alarm(by=rana)
    assert alarms(began) == 1
    clock.move(timedelta(hours=2))
    operations.sound_alarm(by=rana)
    db.session.commit()
    assert alarms(began) == 2
