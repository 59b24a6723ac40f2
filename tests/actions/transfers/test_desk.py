import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm.session import Session as Db

from actions import clock
from actions.actors import WORKER
from actions.extensions import db
from actions.lists.models import MailingList
from actions.staff.models import AuditEntry
from actions.staff.roles import StaffRole
from actions.supporters.models import Supporter
from actions.transfers import running, uploads
from actions.transfers.models import Transfer, TransferPart
from tests.factories.multipart import multipart
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import a_browser, csrf, make_staff, sign_in
from tests.factories.tags import make_tag

HOME = "/desk/people/imports"
MANY = b"email\n" + b"ann@example.org\n" * 100_000


@pytest.fixture
def updates(client: FlaskClient) -> MailingList:
    make_organisation()
    sign_in(client, make_staff(StaffRole.EDITOR))
    return make_list()


def upload(client: FlaskClient, data: bytes) -> tuple[int, str]:
    """(status, the page that follows or the answer)."""
    body, kind = multipart({"csrf_token": csrf(client.get(HOME))}, data)
    answer = client.post(HOME, input_stream=body, content_type=kind)
    return answer.status_code, answer.headers.get("Location", answer.text)


def begin(client: FlaskClient, path: str, **fields: object) -> tuple[int, str]:
    page = client.get(path)
    given = dict(re.findall(r'<select [^>]*name="(column-\d+)"', page.text) and [])
    columns = {
        name: "email" if at == 0 else "" for at, name in enumerate(re.findall(r'name="(column-\d+)"', page.text))
    }
    answer = client.post(f"{path}/begin", data={"csrf_token": csrf(page), **given, **columns, **fields})
    return answer.status_code, answer.text


@pytest.mark.requirement("C-42")
def test_a_list_is_looked_at_and_taken_in(client: FlaskClient, session: Db, updates: MailingList) -> None:
    status, path = upload(client, b"email,note\nann@example.org,<b>x</b>\nnobody,y\n")
    assert status == 303
    page = client.get(path).text
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "this is no email address" in page
    answer = begin(client, path, list=updates.id, evidence="spring fair", consented_on="2026-01-01")
    assert answer[0] == 303
    transfer = session.query(Transfer).one()
    assert "under way" in client.get(path).text
    running.run(transfer.id, 0, by=WORKER)
    shown = client.get(path)
    assert "done" in shown.text
    refused = client.post(f"{path}/refused.csv", data={"csrf_token": csrf(shown)})
    assert "nobody" in refused.text
    assert session.query(Supporter).count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"evidence": "fair"}, "Choose the list"),
        ({"list": True, "evidence": ""}, "Say where their consent can be shown"),
        ({"list": True, "evidence": "fair", "consented_on": "2999-01-01"}, "This is no day that has been"),
        ({"list": True, "evidence": "fair", "column-0": ""}, "Say which column holds the email addresses"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_stays(
    client: FlaskClient, updates: MailingList, fields: dict[str, object], said: str
) -> None:
    _, path = upload(client, b"email\nann@example.org\n")
    given = {name: updates.id if name == "list" else value for name, value in fields.items()}
    status, text = begin(client, path, **given)
    assert status == 422
    assert said in text
    if fields["evidence"]:
        assert 'value="fair"' in text


def test_a_tag_for_everybody_is_chosen_shown_and_noted(client: FlaskClient, updates: MailingList) -> None:
    tag = make_tag("spring fair")
    _, path = upload(client, b"email\nann@example.org\n")
    assert '<option value="spring fair">' in client.get(path).text
    given = {"list": updates.id, "evidence": "fair", "consented_on": "2026-01-01"}
    status, text = begin(client, path, **given, tag="a; b")
    assert (status, "no comma and no semicolon" in text, 'value="a; b"' in text) == (422, True, True)
    assert begin(client, path, **given, tag="Spring Fair")[0] == 303
    assert "“<bdi>spring fair</bdi>”" in client.get(path).text
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "began an import")).one()
    assert entry.after == {"list": updates.slug, "tag": tag.id}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04\0\0\0"])
def test_a_file_that_is_no_table_is_refused(client: FlaskClient, updates: MailingList, data: bytes) -> None:
    status, text = upload(client, data)
    assert status == 422
    assert "This file was not taken" in text


@pytest.mark.requirement("W-22")
def test_a_file_beyond_the_limit_is_refused_with_what_to_do(
    client: FlaskClient, session: Db, updates: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_FILE", 2_000_000)
    assert upload(client, b"email\n" + b"ann@example.org\n" * 100_000)[0] == 303
    status, text = upload(client, b"email\n" + b"ann@example.org\n" * 200_000)
    assert (status, "split the table" in text) == (413, True)
    assert session.query(Transfer).count() == 1


def test_one_under_way_says_how_fast_it_goes_and_how_long_it_takes(
    client: FlaskClient, session: Db, updates: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = upload(client, b"email\n" + b"".join(b"p%d@example.org\n" % one for one in range(40)))
    begin(client, path, list=updates.id, evidence="fair", consented_on="2026-01-01")
    monkeypatch.setattr(running, "BATCH", 10)
    monkeypatch.setattr(running, "TURN_SECONDS", 0.0)
    transfer = session.query(Transfer).one()
    running.run(transfer.id, 0, by=WORKER)
    session.query(Transfer).update({"started_at": clock.now() - timedelta(minutes=2)})
    session.commit()
    page = client.get(path).text
    assert "10 of 40 rows: 5 a minute, about 6 min to go" in page
    assert "close this page" in page


@pytest.mark.requirement("W-22")
def test_nothing_else_takes_a_large_form(client: FlaskClient, session: Db, updates: MailingList) -> None:
    _, path = upload(client, b"email\nann@example.org\n")
    large = {"csrf_token": csrf(client.get(path)), "evidence": "x" * 2_000_000}
    assert client.post(f"{path}/begin", data=large).status_code == 413


@pytest.mark.parametrize("role", [None, StaffRole.VIEWER, StaffRole.EDITOR])
def test_no_octet_of_a_file_is_read_before_it_is_known_who_sends_it(
    app: Flask, client: FlaskClient, updates: MailingList, role: StaffRole | None
) -> None:
    """Nobody, somebody who may not, and somebody whose form has no token."""
    other = a_browser(app)
    if role:
        sign_in(other, make_staff(role, email="ben@open-door.test"))
    body, kind = multipart({"csrf_token": "wrong"}, MANY)
    answer = other.post(HOME, input_stream=body, content_type=kind)
    assert answer.status_code in {303, 400, 403}
    assert body.read_of_it < 5_000


def test_a_file_that_breaks_off_leaves_nothing(client: FlaskClient, session: Db, updates: MailingList) -> None:
    token = csrf(client.get(HOME))
    body, kind = multipart({"csrf_token": token}, MANY, is_whole=False)
    answer = client.post(HOME, input_stream=body, content_type=kind)
    assert (answer.status_code, "did not arrive whole" in answer.text) == (400, True)
    assert body.read_of_it > len(MANY)
    assert (session.query(Transfer).count(), session.query(TransferPart).count()) == (0, 0)


@pytest.mark.requirement("W-08")
def test_a_file_of_people_is_its_uploader_s(app: Flask, client: FlaskClient, updates: MailingList) -> None:
    _, path = upload(client, b"email\nann@example.org\n")
    other, admin = a_browser(app), a_browser(app)
    sign_in(other, make_staff(StaffRole.EDITOR, email="ben@open-door.test"))
    sign_in(admin, make_staff(StaffRole.ADMIN, email="cam@open-door.test"))
    assert other.get(path).status_code == 404
    assert admin.get(path).status_code == 200


def test_a_file_is_forgotten_before_anybody_is_taken_in(client: FlaskClient, session: Db, updates: MailingList) -> None:
    _, path = upload(client, b"email\nann@example.org\n")
    page = client.get(path)
    assert client.post(f"{path}/cancel", data={"csrf_token": csrf(page)}).status_code == 303
    assert "stopped" in client.get(path).text
    assert session.query(Supporter).count() == 0


def test_no_transaction_waits_for_whoever_takes_the_refused_rows(client: FlaskClient, updates: MailingList) -> None:
    _, path = upload(client, b"email,note\nnobody,y\n")
    begin(client, path, list=updates.id, evidence="spring fair", consented_on="2026-01-01")
    running.run(int(path.rpartition("/")[2]), 0, by=WORKER)
    answer = client.post(f"{path}/refused.csv", data={"csrf_token": csrf(client.get(path))}, buffered=False)
    lent = [db.engine.pool.checkedout() for _ in answer.response]  # type: ignore[attr-defined]  # of the pool that we use
    assert lent == [0, 0]
