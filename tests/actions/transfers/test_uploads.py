from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import text

from actions.actors import Actor, Role
from actions.extensions import db
from actions.staff.roles import StaffRole
from actions.transfers import uploads
from actions.transfers.models import Transfer
from actions.transfers.people import NotAPeopleFile
from tests.factories.staff import make_staff


@pytest.fixture
def staff_id(app: Flask) -> int:
    return make_staff(StaffRole.EDITOR).id


def kept(data: bytes, staff_id: int) -> Transfer:
    return uploads.keep(BytesIO(data), by=Actor(Role.STAFF, staff_id))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("email,first_name\nann@example.org,Zoë\n".encode(), "utf-8"),
        ("email;first_name\nann@example.org;Zoë\n".encode("utf-8-sig"), "utf-8-sig"),
        ("email\tfirst_name\nann@example.org\tZoë\n".encode("utf-16"), "utf-16"),
        ("E-Mail|Vorname\r\nann@example.org|Zoë\r\n".encode("cp1252"), "cp1252"),
    ],
)
def test_a_table_of_any_make_is_read(staff_id: int, data: bytes, encoding: str) -> None:
    transfer = kept(data, staff_id)
    assert transfer.encoding == encoding
    assert transfer.reading["columns"] == ["email", "first_name"]
    (row,) = uploads.rows(transfer)
    assert dict(row.cells) == {"email": "ann@example.org", "first_name": "Zoë"}


def test_a_table_without_names_is_told_by_its_addresses(staff_id: int) -> None:
    transfer = kept(b"Ann,ann@example.org\nBen,ben@example.org\n", staff_id)
    assert transfer.reading["columns"] == ["", "email"]
    assert [row.cells["email"] for row in uploads.rows(transfer, 1)] == ["ben@example.org"]
    head, first = uploads.sample(transfer, 1)
    assert (head, first) == (["Column 1", "Column 2"], [["Ann", "ann@example.org"]])


@pytest.mark.parametrize("data", [b"", b"\n\n", b"PK\x03\x04\0\0binary", bytes(range(256)) * 9])
def test_what_is_no_table_is_refused(staff_id: int, data: bytes) -> None:
    with pytest.raises(NotAPeopleFile):
        kept(data, staff_id)


def test_a_quotation_mark_that_is_never_closed_is_said_with_its_line(staff_id: int) -> None:
    with pytest.raises(uploads.LooksBroken) as at_once:
        kept(b'email,name\nann@example.org,Ann\nben@example.org,"Ben\n', staff_id)
    assert at_once.value.line == 3
    transfer = kept(b"email\n" + b"ann@example.org\n" * 30 + b'"ben\n', staff_id)
    with pytest.raises(uploads.LooksBroken) as broken:
        list(uploads.rows(transfer))
    assert broken.value.line == 32


def test_nobody_can_be_read_in_the_database_and_the_file_goes(staff_id: int) -> None:
    transfer = kept(b"email\nann@example.org\n", staff_id)
    db.session.flush()
    lying = db.session.execute(text("SELECT content_sealed FROM transfer_parts")).scalars().all()
    assert lying
    assert not any(b"ann@" in bytes(part) for part in lying)
    uploads.forget_file(transfer)
    assert list(uploads.rows(transfer)) == []


def test_a_file_of_many_pieces_is_one_file(staff_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PIECE", 100)
    lines = "".join(f"p{number}@example.org,Zoë {number}\n" for number in range(200))
    transfer = kept(f"email,first_name\n{lines}".encode(), staff_id)
    names = [row.cells["first_name"] for row in uploads.rows(transfer)]
    assert names == [f"Zoë {number}" for number in range(200)]


@pytest.mark.requirement("W-22")
def test_a_line_without_end_is_not_gathered_in_memory(staff_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PIECE", 100)
    monkeypatch.setattr(uploads, "LONGEST_LINE", 1000)
    with pytest.raises(uploads.LooksBroken, match="Line 2 is no CSV"):
        list(uploads.records(kept(b"email\n" + b"a" * 5000, staff_id)))
