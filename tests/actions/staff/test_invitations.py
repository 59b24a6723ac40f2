from datetime import timedelta

import pytest
from flask import Flask

from actions.clock import clock
from actions.staff.invitations import desk_url, invitation_url, is_demonstration, member_of
from actions.staff.roles import StaffRole
from actions.tokens import ExpiredToken, InvalidToken, Purpose
from tests.factories.staff import make_staff


def token_of(url: str) -> str:
    return url.rpartition("/")[2]


@pytest.mark.requirement("C-02")
def test_a_link_serves_one_purpose_and_one_member(app: Flask) -> None:
    member = make_staff(StaffRole.EDITOR)
    token = token_of(invitation_url(member))
    assert member_of(Purpose.STAFF_INVITE, token) == member
    with pytest.raises(InvalidToken):
        member_of(Purpose.DESK, token)
    member.active = False
    with pytest.raises(InvalidToken):
        member_of(Purpose.STAFF_INVITE, token)


def test_a_link_ends(app: Flask) -> None:
    member = make_staff(StaffRole.EDITOR)
    invitation, desk = token_of(invitation_url(member)), token_of(desk_url(member))
    clock.move(timedelta(hours=1, seconds=2))
    assert member_of(Purpose.STAFF_INVITE, invitation) == member
    with pytest.raises(ExpiredToken):
        member_of(Purpose.DESK, desk)


@pytest.mark.parametrize("changes", [{"staff_second_factor": "required"}, {"base_url": "https://act.open-door.test"}])
def test_a_real_installation_is_no_demonstration(app: Flask, changes: dict[str, str]) -> None:
    assert is_demonstration()
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update=changes)
    assert not is_demonstration()
