import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm.session import Session as Db

from actions.deliveries.models import Delivery
from actions.mailings.models import Mailing, MailingState
from actions.staff.models import AuditEntry, Staff
from actions.staff.roles import StaffRole
from email_templates.catalogue import StaffInvitation
from tests.factories.deliveries import make_mailing
from tests.factories.organisation import make_organisation
from tests.factories.staff import a_browser, make_staff, post, sign_in


@pytest.fixture
def admin(client: FlaskClient) -> Staff:
    made = make_staff(StaffRole.ADMIN)
    sign_in(client, made)
    return made


def test_a_member_is_invited_by_a_link_that_is_shown_once(app: Flask, client: FlaskClient, admin: Staff) -> None:
    answer = post(
        client,
        "/desk/settings/staff",
        "/desk/settings/staff/invite",
        email="ben@open-door.test",
        name="Ben",
        roles="editor",
    )
    link = re.search(r"http://localhost:8000(/desk/join/[^<\s]+)", answer.text)
    assert link is not None
    other = a_browser(app)
    assert "ben@open-door.test" in other.get(link[1]).text


@pytest.mark.parametrize(("email", "said"), [("no address", "no email address"), ("rana@open-door.test", "already")])
def test_who_cannot_be_invited_is_said(client: FlaskClient, admin: Staff, email: str, said: str) -> None:
    answer = post(client, "/desk/settings/staff", "/desk/settings/staff/invite", email=email)
    assert answer.status_code == 422
    assert said in answer.text


def test_roles_are_changed_and_the_only_admin_stays(client: FlaskClient, session: Db, admin: Staff) -> None:
    other = make_staff(StaffRole.VIEWER, email="ben@open-door.test", name="Ben")
    path = f"/desk/settings/staff/{other.id}"
    assert post(client, "/desk/settings/staff", f"{path}/roles", roles=["editor", "sender"]).status_code == 303
    session.expire_all()
    assert session.get_one(Staff, other.id).role_names == ["editor", "sender"]
    assert post(client, "/desk/settings/staff", f"{path}/shut-out").status_code == 303
    assert post(client, "/desk/settings/staff", f"{path}/let-in").status_code == 303
    assert "/desk/join/" in post(client, "/desk/settings/staff", f"{path}/link").text
    answer = post(client, "/desk/settings/staff", f"/desk/settings/staff/{admin.id}/shut-out")
    assert answer.status_code == 422
    assert "the only admin" in answer.text
    assert post(client, "/desk/settings/staff", "/desk/settings/staff/999/shut-out").status_code == 404


def test_a_mailing_is_paused_and_resumed_from_today_and_twice_is_once(
    client: FlaskClient, session: Db, admin: Staff
) -> None:
    mailing = make_mailing()
    mailing.state = MailingState.SENDING
    session.commit()
    for act, state in (("pause", MailingState.PAUSED), ("resume", MailingState.SENDING)):
        for _ in range(2):
            path = f"/desk/today/mailings/{mailing.id}/{act}"
            assert post(client, "/desk", path).status_code == 303
        session.expire_all()
        assert session.get_one(Mailing, mailing.id).state is state
    assert session.query(AuditEntry).filter(AuditEntry.about_kind == "mailings").count() >= 2
    assert post(client, "/desk", "/desk/today/mailings/999/pause").status_code == 404


def test_one_s_account_names_what_one_may_do(client: FlaskClient, admin: Staff) -> None:
    text = client.get("/desk/account").text
    assert "everything, and let others in" in text
    assert "Turn on a second step" in text


def test_an_invitation_is_mailed_again_and_the_link_of_who_has_joined_is_not(
    client: FlaskClient, session: Db, admin: Staff
) -> None:
    make_organisation()
    form = {"email": "ben@open-door.test", "name": "Ben", "roles": "editor"}
    shown = post(client, "/desk/settings/staff", "/desk/settings/staff/invite", **form)
    assert "An invitation is on its way" in shown.text
    ben = session.scalars(select(Staff).order_by(Staff.id.desc())).first()
    assert ben is not None
    assert (ben.language, ben.time_zone) == ("en", "America/New_York")
    for member in (ben, admin):
        post(client, "/desk/settings/staff", f"/desk/settings/staff/{member.id}/link")
    session.expire_all()
    mails = session.scalars(select(Delivery).where(Delivery.kind == StaffInvitation.folder)).all()
    assert [mail.staff_id for mail in mails] == [ben.id, ben.id]
