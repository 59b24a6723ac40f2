import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm.session import Session as Db

from actions.staff.invitations import desk_url, invitation_url
from actions.staff.models import AuditEntry, Staff
from actions.staff.roles import StaffRole
from tests.factories.staff import PASSWORD, make_staff, post, sign_in


def path_of(url: str) -> str:
    return url.removeprefix("http://localhost:8000")


def test_an_invitation_opens_the_desk_once(client: FlaskClient, session: Db) -> None:
    member = make_staff(StaffRole.ADMIN)
    link = path_of(invitation_url(member))
    sign_in(client, member)
    today = client.get("/desk")
    assert today.status_code == 200
    assert "Today" in today.text
    assert client.get(link).status_code == 404
    assert [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)] == [
        "invited",
        "joined",
        "signed in",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": "short", "again": "short"}, "longer password"),
        ({"password": "aaaaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaaaa"}, "easy to guess"),
        ({"password": PASSWORD, "again": "another"}, "not the same"),
        ({"password": PASSWORD, "again": PASSWORD, "name": ""}, "Enter your name"),
    ],
)
@pytest.mark.requirement("W-05")
def test_a_poor_choice_is_said_and_nothing_changes(
    client: FlaskClient, session: Db, fields: dict[str, str], said: str
) -> None:
    member = make_staff(StaffRole.EDITOR)
    link = path_of(invitation_url(member))
    answer = post(client, link, link, **{"name": "Rana", **fields})
    assert answer.status_code == 422
    assert said in answer.text
    session.expire_all()
    assert session.get_one(Staff, member.id).password is None


def test_a_demonstration_opens_by_one_press(client: FlaskClient) -> None:
    link = path_of(desk_url(make_staff(StaffRole.ADMIN)))
    assert client.get("/desk").status_code == 303
    assert client.get(link).status_code == 200
    assert client.get("/desk").status_code == 303, "looking at the link signs nobody in"
    assert post(client, link, link).status_code == 303
    assert client.get("/desk").status_code == 200
    assert client.get(link).status_code == 404


@pytest.mark.requirement("W-03", "W-25")
def test_the_cookie_is_the_desk_s_alone(client: FlaskClient) -> None:
    sign_in(client, make_staff(StaffRole.VIEWER))
    assert "Set-Cookie" not in client.get("/").headers
    answer = client.get("/desk")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_member_begins_in_the_zone_that_they_choose_with_the_invitation(client: FlaskClient, session: Db) -> None:
    member = make_staff(StaffRole.EDITOR)
    member.time_zone = "Europe/Berlin"
    session.commit()
    link = path_of(invitation_url(member))
    assert '<option value="Europe/Berlin" selected>' in client.get(link).text
    form = {"name": "Rana", "password": PASSWORD, "again": PASSWORD, "time_zone": "Asia/Amman"}
    assert post(client, link, link, **form).status_code == 303
    session.expire_all()
    assert session.get_one(Staff, member.id).time_zone == "Asia/Amman"
