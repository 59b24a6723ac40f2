from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from actions.actors import OPERATOR, WORKER
from actions.clock import clock
from actions.deliveries.composing import addresses, compose, read_values
from actions.deliveries.models import Delivery, Lane
from actions.extensions import db
from actions.notices import MOST_A_DAY, mail_change, mail_invitation, mail_new_password
from actions.staff import operations
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from actions.tokens import DAY
from tests.factories.organisation import make_organisation
from tests.factories.staff import make_staff


@pytest.fixture
def member(app: Flask) -> Staff:
    make_organisation()
    made = make_staff(StaffRole.EDITOR)
    operations.join(made, password_hash="a hash", by=OPERATOR)
    db.session.commit()
    return made


def mails() -> list[Delivery]:
    return list(db.session.scalars(select(Delivery).order_by(Delivery.id)))


@pytest.mark.requirement("B-14", "B-20")
def test_an_invitation_goes_to_who_was_invited_in_the_organisation_s_name(app: Flask) -> None:
    make_organisation()
    invited = make_staff(StaffRole.EDITOR)
    mail_invitation(invited, by=OPERATOR)
    (delivery,) = mails()
    mail = compose([delivery])[delivery.id]
    assert (delivery.lane, mail.address, delivery.staff_id) == (Lane.NOW, "rana@open-door.test", invited.id)
    assert "Open Door" in mail.subject
    assert "/desk/join/" in mail.text
    assert mail.auto_submitted
    assert mail.headers == ()


def test_an_invitation_is_written_in_the_member_s_language(app: Flask) -> None:
    make_organisation()
    invited = make_staff(StaffRole.EDITOR)
    invited.language = "km"
    mail_invitation(invited, by=OPERATOR)
    assert mails()[0].language == "km"
    assert "តុការងារ" in compose(mails())[mails()[0].id].text


def test_before_there_is_an_organisation_nobody_is_written_to(app: Flask) -> None:
    mail_invitation(make_staff(StaffRole.ADMIN), by=OPERATOR)
    assert mails() == []


@pytest.mark.requirement("W-06")
def test_few_links_are_mailed_however_often_somebody_asks(member: Staff) -> None:
    for _ in range(3):
        mail_new_password(member, clock.now(), WORKER)
    assert len(mails()) == 1
    for _ in range(MOST_A_DAY + 2):
        clock.move(timedelta(minutes=6))
        mail_new_password(member, clock.now(), WORKER)
    assert len(mails()) == MOST_A_DAY
    clock.move(DAY)
    mail_new_password(member, clock.now(), WORKER)
    assert len(mails()) == MOST_A_DAY + 1


def test_nobody_gets_a_link_who_has_not_joined_or_was_shut_out(member: Staff) -> None:
    mail_new_password(make_staff(StaffRole.EDITOR, email="new@open-door.test"), clock.now(), WORKER)
    member.active = False
    mail_new_password(member, clock.now(), WORKER)
    assert mails() == []


def test_a_link_of_a_busy_network_waits_and_lasts_its_hour_from_then(member: Staff) -> None:
    later = clock.now() + timedelta(minutes=10)
    mail_new_password(member, later, WORKER)
    (delivery,) = mails()
    assert delivery.due_at == later


@pytest.mark.parametrize("change", ["password", "second_factor", "second_factor_off", "recovery_codes", "roles"])
def test_its_owner_is_told_of_a_change(member: Staff, change: str) -> None:
    mail_change(member, change, OPERATOR)  # type: ignore[arg-type]  # each of them is one
    (delivery,) = mails()
    assert addresses([delivery]) == {delivery.id: "rana@open-door.test"}
    assert getattr(read_values(delivery).email, "change", None) == change


def test_a_new_role_is_said_in_words(member: Staff) -> None:
    operations.give_roles(member, [StaffRole.SENDER, StaffRole.ADMIN], by=OPERATOR)
    (delivery,) = mails()
    text = compose([delivery])[delivery.id].text
    assert "- Send mailings\n- Everything, and let others in" in text
    operations.give_roles(member, [StaffRole.SENDER, StaffRole.ADMIN], by=OPERATOR)
    assert len(mails()) == 1


def test_who_has_not_joined_is_told_of_nothing(app: Flask) -> None:
    make_organisation()
    mail_change(make_staff(StaffRole.EDITOR), "roles", OPERATOR)
    assert mails() == []
