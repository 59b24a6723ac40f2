import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.actors import Actor, Role
from actions.extensions import db
from actions.staff import second_eyes
from actions.staff.models import SecondLook
from actions.staff.roles import StaffRole
from tests.factories.desk import at_the_desk
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import make_staff


@pytest.fixture
def look(app: Flask, client: FlaskClient) -> SecondLook:
    make_organisation()
    make_list()
    desk = at_the_desk(client, StaffRole.SENDER)
    asker = make_staff(StaffRole.SENDER, email="ann@open-door.test", name="Ann")
    deed = second_eyes.Deed(
        name="export list", role=StaffRole.SENDER, about=("lists", 1), digest="a", said="Export <b>it</b>", number=3
    )
    made = second_eyes.ask(deed, by=Actor(Role.STAFF, asker.id))
    db.session.commit()
    assert desk.staff_id != asker.id
    return made


def csrf_and(client: FlaskClient, **fields: str) -> dict[str, str]:
    from_page = client.get("/desk").text.partition('name="csrf_token" value="')[2]
    return {"csrf_token": from_page.partition('"')[0], **fields}


@pytest.mark.requirement("W-09")
def test_today_asks_and_the_answer_stands(client: FlaskClient, look: SecondLook) -> None:
    shown = client.get("/desk").text
    assert "Export &lt;b&gt;it&lt;/b&gt;" in shown
    assert client.post(f"/desk/second-eyes/{look.id}", data=csrf_and(client, answer="perhaps")).status_code == 400
    answer = client.post(f"/desk/second-eyes/{look.id}", data=csrf_and(client, answer="yes"))
    assert (answer.status_code, answer.location) == (303, "/desk")
    assert db.session.get_one(SecondLook, look.id, populate_existing=True).agreed is True
    assert "Export &lt;b&gt;it" not in client.get("/desk").text


@pytest.mark.requirement("W-09")
def test_nobody_answers_who_asked_or_lacks_the_role(client: FlaskClient, look: SecondLook) -> None:
    path = f"/desk/second-eyes/{look.id}"
    asker, look.asked_by = look.asked_by, 1
    db.session.commit()
    assert client.post(path, data=csrf_and(client, answer="yes")).status_code == 403
    look.asked_by, look.role = asker, StaffRole.EXPORTER
    db.session.commit()
    assert client.post(path, data=csrf_and(client, answer="yes")).status_code == 403
    assert "Export &lt;b&gt;it" not in client.get("/desk").text
    assert db.session.get_one(SecondLook, look.id, populate_existing=True).agreed is None
    assert client.post("/desk/second-eyes/99", data=csrf_and(client, answer="yes")).status_code == 404
