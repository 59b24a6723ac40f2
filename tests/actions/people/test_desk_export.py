import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.actors import OPERATOR
from actions.extensions import db
from actions.lists.operations import subscribe
from actions.staff import second_eyes
from actions.staff.models import AuditEntry
from actions.staff.roles import StaffRole
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import a_browser, make_staff, post, sign_in
from tests.factories.supporters import make_supporter

PATH = "/desk/people/export"


@pytest.fixture
def list_id(app: Flask) -> int:
    make_organisation()
    joined = make_list()
    subscribe(joined.id, make_supporter("ann@example.org").id, by=OPERATOR)
    db.session.commit()
    return joined.id


@pytest.mark.requirement("W-08", "W-15")
def test_a_list_leaves_with_a_reason_that_is_written_down(client: FlaskClient, list_id: int) -> None:
    sign_in(client, make_staff(StaffRole.EDITOR, StaffRole.EXPORTER))
    assert "Updates (1)" in client.get(PATH).text
    answer = post(client, PATH, PATH, list=list_id, reason="COPY")
    assert "ann@example.org" in answer.text
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="updates-')
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "took out a list")).one()
    assert entry.after == {"reason": "a copy that we must keep", "people": 1}
    assert PATH in client.get("/desk/people").text


@pytest.mark.parametrize("typed", [{"reason": "COPY"}, {"list": "1"}, {"list": "999", "reason": "COPY"}])
def test_without_a_reason_nothing_leaves(client: FlaskClient, list_id: int, typed: dict[str, str]) -> None:
    sign_in(client, make_staff(StaffRole.EXPORTER))
    answer = post(client, PATH, PATH, **typed)
    assert answer.status_code == 422
    assert "ann@" not in answer.text


def test_an_editor_takes_no_list_out(client: FlaskClient, list_id: int) -> None:
    sign_in(client, make_staff(StaffRole.EDITOR))
    assert client.get(PATH).status_code == 403
    assert PATH not in client.get("/desk/people").text


@pytest.mark.requirement("W-09")
def test_where_it_is_switched_on_a_second_exporter_agrees_to_each(
    app: Flask, client: FlaskClient, list_id: int
) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"four_eyes_above": 1000})
    sign_in(client, make_staff(StaffRole.EXPORTER))
    alone = post(client, PATH, PATH, list=list_id, reason="COPY")
    assert (alone.status_code, "nobody else here may export" in alone.text) == (403, True)
    other = a_browser(app)
    sign_in(other, make_staff(StaffRole.EXPORTER, email="ben@open-door.test", name="Ben"))
    asked = post(client, PATH, PATH, list=list_id, reason="COPY")
    assert (asked.status_code, "stands on their screen" in asked.text, "ann@" in asked.text) == (403, True, False)
    (look,) = second_eyes.waiting()
    assert post(other, "/desk", f"/desk/second-eyes/{look.id}", answer="yes").status_code == 303
    assert "ann@example.org" in post(client, PATH, PATH, list=list_id, reason="COPY").text
    assert post(client, PATH, PATH, list=list_id, reason="COPY").status_code == 403, "one yes is for one export"
