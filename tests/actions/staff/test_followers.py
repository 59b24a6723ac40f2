from flask import Flask

from actions.actors import OPERATOR
from actions.staff import followers
from actions.staff.roles import StaffRole
from tests.factories.staff import make_staff


def test_who_follows_is_told_of_every_change(app: Flask) -> None:
    told: list[object] = []
    followers.register("test", lambda member, change, by: told.append((member, change, by)))
    try:
        member = make_staff(StaffRole.EDITOR)
        followers.tell(member, "password", by=OPERATOR)
    finally:
        followers.forget("test")
    assert told == [(member, "password", OPERATOR)]
