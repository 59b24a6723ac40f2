from flask import Flask

from actions.addresses import parse_address
from actions.staff.queries import everybody, with_address
from actions.staff.roles import StaffRole
from tests.factories.staff import make_staff


def test_a_member_is_found_by_the_exact_address(app: Flask) -> None:
    first = make_staff(StaffRole.EDITOR)
    second = make_staff(StaffRole.VIEWER, email="ben@open-door.test")
    assert with_address(parse_address("rana@OPEN-DOOR.test")) == first
    assert with_address(parse_address("nobody@open-door.test")) is None
    assert list(everybody()) == [first, second]
