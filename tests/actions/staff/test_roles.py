import pytest
from flask import Flask

from actions.staff.roles import StaffRole
from tests.factories.staff import make_staff


@pytest.mark.requirement("W-08")
@pytest.mark.parametrize("held", list(StaffRole))
@pytest.mark.parametrize("asked", list(StaffRole))
def test_a_role_gives_itself_and_a_look_and_an_admin_may_all(app: Flask, held: StaffRole, asked: StaffRole) -> None:
    assert make_staff(held).may(asked) is (asked in {held, StaffRole.VIEWER} or held is StaffRole.ADMIN)
