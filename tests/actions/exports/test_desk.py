import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.actors import OPERATOR, WORKER
from actions.clock import clock
from actions.exports import making, queries
from actions.exports.desk import HOME
from actions.exports.models import Export
from actions.exports.queries import TOOK, NotThere
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.operations import leave
from actions.preferences.operations import erase_everything
from actions.staff import second_eyes
from actions.staff.models import AuditEntry, Staff
from actions.staff.roles import StaffRole
from tests.factories.exports import read_table
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import a_browser, make_staff, post, sign_in
from tests.factories.supporters import make_subscriber
from tests.factories.zips import unzipped


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def rana(client: FlaskClient) -> Staff:
    member = make_staff(StaffRole.EDITOR, StaffRole.EXPORTER)
    sign_in(client, member)
    return member


def made(client: FlaskClient, updates: MailingList) -> str:
    """Where it lies."""
    path = post(client, HOME, HOME, list=updates.id, reason="COPY").headers["Location"]
    assert "Look again" in client.get(path).text
    assert not making.run(int(path.rpartition("/")[2]), by=WORKER)
    return path


@pytest.mark.requirement("W-08", "P-09", "P-11")
def test_a_list_leaves_encrypted_and_that_is_written_down(
    client: FlaskClient, updates: MailingList, rana: Staff
) -> None:
    make_subscriber(updates, "ann@example.org", first_name="=1+1")
    assert "Updates (1)" in client.get(HOME).text
    path = made(client, updates)
    page = client.get(path)
    phrase = re.findall(r'name="phrase" value="([^"]+)"', page.text)[0]
    assert phrase not in client.get(path).text
    answer = post(client, path, f"{path}/file", kind="zip", phrase=phrase)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="updates-')
    name, table = unzipped(answer.data, phrase)
    assert name.startswith("updates-")
    assert [(row["email"], row["first_name"]) for row in read_table(table.decode())] == [("ann@example.org", "'=1+1")]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == TOOK)).one()
    assert entry.after == {"reason": "copy", "export": 1, "people": 1, "encrypted": True}
    assert "took out the list" not in client.get("/desk").text
    db.session.expire_all()
    db.session.get_one(Staff, rana.id).role_names = ["admin"]
    db.session.commit()
    assert "<bdi>Rana</bdi> took out the list <bdi>Updates</bdi>" in client.get("/desk").text


@pytest.mark.requirement("C-38")
def test_who_was_erased_or_left_after_it_was_made_is_not_in_what_is_saved(
    client: FlaskClient, updates: MailingList, rana: Staff
) -> None:
    ann, bea, _ = (make_subscriber(updates, f"{name}@example.org") for name in ("ann", "bea", "cem"))
    path = made(client, updates)
    saved = [row["email"] for row in read_table(post(client, path, f"{path}/file", kind="csv").text)]
    assert saved == ["ann@example.org", "bea@example.org", "cem@example.org"]
    erase_everything(ann, by=OPERATOR)
    leave(updates.id, bea.id, by=OPERATOR)
    db.session.commit()
    saved = [row["email"] for row in read_table(post(client, path, f"{path}/file", kind="csv").text)]
    assert saved == ["cem@example.org"]
    assert db.session.get_one(Export, 1, populate_existing=True).downloads == 2


@pytest.mark.requirement("P-09")
def test_after_a_day_or_once_removed_nothing_can_be_saved(
    client: FlaskClient, updates: MailingList, rana: Staff
) -> None:
    make_subscriber(updates)
    path = made(client, updates)
    other = made(client, updates)
    assert post(client, other, f"{other}/remove").status_code == 303
    assert post(client, path, f"{other}/file", kind="csv").status_code == 410
    token = client.get(path)
    clock.move(making.KEPT)
    assert "Nothing of it is left here" not in token.text
    sign_in(client, make_staff(StaffRole.ADMIN, email="cam@open-door.test"))
    assert "Nothing of it is left here" in client.get(path).text
    assert post(client, HOME, f"{path}/file", kind="csv").status_code == 410


def test_a_file_that_is_removed_while_it_is_saved_breaks_off(
    client: FlaskClient, updates: MailingList, rana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than to seem whole."""
    make_subscriber(updates)
    path = made(client, updates)
    monkeypatch.setattr(queries, "still_on", lambda *_: (_ for _ in ()).throw(NotThere))
    with pytest.raises(NotThere):
        _ = post(client, path, f"{path}/file", kind="csv").data


@pytest.mark.parametrize("typed", [{"reason": "COPY"}, {"list": "1"}, {"list": "999", "reason": "COPY"}])
def test_without_a_reason_nothing_is_made(
    client: FlaskClient, updates: MailingList, rana: Staff, typed: dict[str, str]
) -> None:
    assert post(client, HOME, HOME, **typed).status_code == 422
    assert db.session.scalars(select(Export)).all() == []


@pytest.mark.parametrize("typed", [{}, {"kind": "zip"}, {"kind": "zip", "phrase": "password"}, {"kind": "exe"}])
def test_a_zip_has_no_other_words_than_ours(
    client: FlaskClient, updates: MailingList, rana: Staff, typed: dict[str, str]
) -> None:
    path = made(client, updates)
    assert post(client, path, f"{path}/file", **typed).status_code == 422


@pytest.mark.requirement("W-08")
def test_a_list_is_for_exporters_and_each_export_for_who_asked(
    app: Flask, client: FlaskClient, updates: MailingList, rana: Staff
) -> None:
    path = made(client, updates)
    for role, status in ((StaffRole.EDITOR, 403), (StaffRole.EXPORTER, 404), (StaffRole.ADMIN, 200)):
        other = a_browser(app)
        sign_in(other, make_staff(role, email=f"{role.value}@open-door.test"))
        assert other.get(path).status_code == status
        assert (HOME in other.get("/desk/people").text) is (role is StaffRole.ADMIN)


@pytest.mark.requirement("W-09")
def test_where_it_is_switched_on_a_second_exporter_agrees_to_each(
    app: Flask, client: FlaskClient, updates: MailingList, rana: Staff
) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"four_eyes_above": 1000})
    alone = post(client, HOME, HOME, list=updates.id, reason="COPY")
    assert (alone.status_code, "nobody else here may export" in alone.text) == (403, True)
    other = a_browser(app)
    sign_in(other, make_staff(StaffRole.EXPORTER, email="ben@open-door.test", name="Ben"))
    asked = post(client, HOME, HOME, list=updates.id, reason="COPY")
    assert (asked.status_code, "stands on their screen" in asked.text) == (403, True)
    assert db.session.scalars(select(Export)).all() == []
    (look,) = second_eyes.waiting()
    assert post(other, "/desk", f"/desk/second-eyes/{look.id}", answer="yes").status_code == 303
    made(client, updates)
    assert post(client, HOME, HOME, list=updates.id, reason="COPY").status_code == 403, "one yes is for one export"
