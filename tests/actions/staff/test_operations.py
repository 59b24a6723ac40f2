import pytest
from flask import Flask
from sqlalchemy.orm.session import Session as Db

from actions.actors import OPERATOR
from actions.addresses import parse_address
from actions.staff import operations
from actions.staff.models import AuditEntry
from actions.staff.roles import StaffRole
from tests.factories.staff import make_staff


def test_nobody_is_invited_twice(app: Flask) -> None:
    make_staff(StaffRole.EDITOR)
    with pytest.raises(operations.AlreadyStaff):
        operations.invite(parse_address("rana@open-door.test"), [], by=OPERATOR)


def test_the_last_admin_stays(app: Flask) -> None:
    only = make_staff(StaffRole.ADMIN)
    make_staff(StaffRole.EDITOR, email="ben@open-door.test")
    with pytest.raises(operations.LastAdmin):
        operations.shut_out(only, by=OPERATOR)
    with pytest.raises(operations.LastAdmin):
        operations.give_roles(only, [StaffRole.EDITOR], by=OPERATOR)
    other = make_staff(StaffRole.ADMIN, email="cam@open-door.test")
    operations.give_roles(only, [StaffRole.EDITOR], by=OPERATOR)
    assert only.may(StaffRole.EDITOR)
    assert not only.may(StaffRole.SENDER)
    assert other.may(StaffRole.SENDER)
    operations.shut_out(only, by=OPERATOR)
    operations.let_in(only, by=OPERATOR)
    assert only.active


@pytest.mark.requirement("W-24")
def test_every_change_is_noted_without_anybody_s_data(session: Db) -> None:
    member = make_staff(StaffRole.EDITOR)
    operations.give_roles(member, [StaffRole.SENDER], by=OPERATOR)
    session.commit()
    entry = session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert entry is not None
    assert (entry.action, entry.about_kind, entry.about_id) == ("gave roles", "staff", member.id)
    assert (entry.before, entry.after) == ({"roles": ["editor"]}, {"roles": ["sender"]})
    assert "rana" not in repr([one.__dict__ for one in session.query(AuditEntry)]).lower()
