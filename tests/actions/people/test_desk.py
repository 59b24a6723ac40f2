import csv
import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm.session import Session as Db

from actions.people import operations
from actions.staff.models import AuditEntry, Staff
from actions.staff.roles import StaffRole
from actions.supporters.models import Supporter, SupporterState
from actions.suppressions.queries import is_suppressed
from actions.tags.queries import tags_of
from tests.factories.canary import CANARIES, EMAIL, WORDS, live_a_life
from tests.factories.staff import make_staff, post, sign_in
from tests.factories.waiting import mails

HOME = "/desk/people"


@pytest.fixture
def kanari(app: Flask, client: FlaskClient) -> Supporter:
    return live_a_life(client)


def arrive(client: FlaskClient, *roles: StaffRole) -> Staff:
    member = make_staff(*roles)
    sign_in(client, member)
    return member


def entries(session: Db) -> list[str]:
    session.expire_all()
    return [entry.action for entry in session.query(AuditEntry).order_by(AuditEntry.id)]


@pytest.mark.requirement("P-11")
def test_somebody_is_found_by_the_whole_address_and_shown_masked(client: FlaskClient, kanari: Supporter) -> None:
    arrive(client, StaffRole.EDITOR)
    answer = post(client, HOME, f"{HOME}/find", address=f" {EMAIL.upper()} ")
    assert answer.headers["Location"] == f"{HOME}/{kanari.id}"
    page = client.get(f"{HOME}/{kanari.id}").text
    assert "ka***@heron-canary.test" in page
    assert "K*** V***" in page
    for words in ("agreed: to be on the list", "signed", "wrote a letter", "was mailed: welcome"):
        assert words in page
    assert not any(canary in page for canary in CANARIES if canary != "heron-canary")


def test_a_part_of_an_address_finds_nobody(client: FlaskClient, kanari: Supporter) -> None:
    arrive(client, StaffRole.EDITOR)
    assert post(client, HOME, f"{HOME}/find", address="heron-canary.test").status_code == 422
    answer = post(client, HOME, f"{HOME}/find", address="kanari@heron-canary.test")
    assert answer.status_code == 404
    assert "Nobody here has this address" in answer.text
    assert client.get(f"{HOME}/999999").status_code == 404


@pytest.mark.requirement("P-11")
def test_a_name_is_shown_for_a_reason_that_is_written_down(client: FlaskClient, session: Db, kanari: Supporter) -> None:
    member = arrive(client, StaffRole.EDITOR)
    path = f"{HOME}/{kanari.id}"
    refused = post(client, path, f"{path}/look", reason="because")
    assert refused.status_code == 422
    assert EMAIL not in refused.text
    shown = post(client, path, f"{path}/look", reason="ASKED").text
    assert EMAIL in shown
    assert f"{WORDS['first_name']} {WORDS['last_name']}" in shown
    entry = session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
    assert entry is not None
    assert (entry.action, entry.staff_id, entry.about_id) == (operations.LOOKED, member.id, kanari.id)
    assert not any(canary in str(entry.after) for canary in CANARIES)


@pytest.mark.requirement("P-11")
def test_who_looks_at_very_many_is_stopped_and_the_admins_are_told(
    client: FlaskClient, session: Db, kanari: Supporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_LOOKS", 2)
    arrive(client, StaffRole.EDITOR)
    path = f"{HOME}/{kanari.id}"
    seen = [post(client, path, f"{path}/look", reason="ASKED") for _ in range(4)]
    assert [answer.status_code for answer in seen] == [200, 200, 429, 429]
    assert EMAIL not in seen[-1].text
    assert entries(session).count(operations.TOO_MANY) == 1
    assert "looked at very many people" not in client.get("/desk").text
    session.query(Staff).one().role_names = ["admin"]
    session.commit()
    assert "looked at very many people" in client.get("/desk").text


def test_somebody_is_taken_off_one_list_or_everything(client: FlaskClient, session: Db, kanari: Supporter) -> None:
    arrive(client, StaffRole.EDITOR)
    path = f"{HOME}/{kanari.id}"
    leave = client.get(path).text.split(f'action="{path}/lists/')[1].split('"')[0]
    assert post(client, path, f"{path}/lists/{leave}").status_code == 303
    assert "None. Only they can join" in client.get(path).text
    assert post(client, path, f"{path}/lists/999/leave").status_code == 404
    assert post(client, path, f"{path}/no-more").status_code == 303
    page = client.get(path).text
    assert "No newsletters go to this address" in page
    assert "took back: to get news of the case" in page
    assert entries(session)[-2:] == ["took a person off a list", "took a person off everything"]


@pytest.mark.requirement("C-37", "W-15")
def test_all_that_is_held_leaves_as_a_file_for_exporters_alone(
    client: FlaskClient, session: Db, kanari: Supporter
) -> None:
    member = arrive(client, StaffRole.EDITOR)
    path = f"{HOME}/{kanari.id}/data"
    assert client.get(path).status_code == 403
    session.get_one(Staff, member.id).role_names = ["exporter"]
    session.commit()
    assert post(client, path, path, ending="csv").status_code == 422
    answer = post(client, path, path, reason="LAW", ending="csv")
    rows = list(csv.reader(io.StringIO(answer.text, newline="")))
    assert rows[0] == ["table", "row", "column", "value"]
    assert all(canary in answer.text for canary in CANARIES)
    assert post(client, path, path, reason="LAW", ending="json").is_json
    assert entries(session).count(operations.TOOK_OUT) == 2


@pytest.mark.requirement("C-38")
def test_an_admin_erases_somebody_by_typing_the_word(client: FlaskClient, session: Db, kanari: Supporter) -> None:
    arrive(client, StaffRole.ADMIN)
    path, hashed = f"{HOME}/{kanari.id}/erase", kanari.email_hash or b""
    assert post(client, path, path, word="yes").status_code == 422
    assert session.get_one(Supporter, kanari.id).state is SupporterState.ACTIVE
    assert post(client, path, path, word=" Erase ").status_code == 303
    session.expire_all()
    assert session.get_one(Supporter, kanari.id).state is SupporterState.ERASED
    assert is_suppressed([hashed])
    assert len(mails("erasure_done")) == 1
    page = client.get(f"{HOME}/{kanari.id}").text
    assert "were erased" in page
    assert "ka***" not in page
    assert post(client, path, path, word="erase").status_code == 303


def test_a_tag_is_given_and_taken_off_and_a_wrong_one_said(client: FlaskClient, session: Db, kanari: Supporter) -> None:
    arrive(client, StaffRole.EDITOR)
    path = f"{HOME}/{kanari.id}"
    wrong = post(client, path, f"{path}/tags", tag="a, b")
    assert wrong.status_code == 422
    assert "no comma" in wrong.text
    assert 'value="a, b"' in wrong.text
    assert post(client, path, f"{path}/tags", tag="volunteer").status_code == 303
    page = client.get(path).text
    assert "Take off the tag volunteer" in page
    assert '<option value="volunteer">' in page
    (tag,) = tags_of(kanari.id)
    assert post(client, path, f"{path}/tags/{tag.id}/take-off").status_code == 303
    assert tags_of(kanari.id) == []
    kanari.state = SupporterState.ERASED
    session.commit()
    assert post(client, HOME, f"{path}/tags", tag="volunteer").status_code == 404
