from io import BytesIO

import pytest
from flask import Flask

from actions.actors import Actor, Role
from actions.staff.roles import StaffRole
from actions.transfers import uploads
from actions.transfers.models import Transfer
from actions.transfers.people import NotAPeopleFile
from actions.transfers.receiving import receive
from actions.transfers.tables import LooksBroken
from tests.factories.staff import make_staff


@pytest.fixture
def staff_id(app: Flask) -> int:
    return make_staff(StaffRole.EDITOR).id


def kept(data: bytes, staff_id: int) -> Transfer:
    return receive(BytesIO(data), by=Actor(Role.STAFF, staff_id))


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("email,first_name\nann@example.org,Zoë\n".encode(), "utf-8"),
        ("email;first_name\nann@example.org;Zoë\n".encode("utf-8-sig"), "utf-8"),
        ("email\tfirst_name\nann@example.org\tZoë\n".encode("utf-16"), "utf-16"),
        ("E-Mail|Vorname\r\nann@example.org|Zoë\r\n".encode("cp1252"), "cp1252"),
    ],
)
def test_a_table_of_any_make_is_read(staff_id: int, data: bytes, encoding: str) -> None:
    transfer = kept(data, staff_id)
    assert transfer.encoding == encoding
    assert transfer.reading["columns"] == ["email", "first_name"]
    (row,) = uploads.Rows(transfer)
    assert dict(row.cells) == {"email": "ann@example.org", "first_name": "Zoë"}


def test_a_table_without_names_is_told_by_its_addresses(staff_id: int) -> None:
    transfer = kept(b"Ann,ann@example.org\nBen,ben@example.org\n", staff_id)
    assert transfer.reading["columns"] == ["", "email"]
    assert [row.cells["email"] for row in uploads.Rows(transfer)] == ["ann@example.org", "ben@example.org"]
    head, first = uploads.sample(transfer, 1)
    assert (head, first) == (["Column 1", "Column 2"], [["Ann", "ann@example.org"]])


def test_short_and_long_rows_do_not_shift_columns(staff_id: int) -> None:
    transfer = kept(b"Email,First name,last-name\na@example.org\nb@example.org,Ben,Bo,extra,cells\n", staff_id)
    assert [dict(row.cells) for row in uploads.Rows(transfer)] == [
        {"email": "a@example.org"},
        {"email": "b@example.org", "first_name": "Ben", "last_name": "Bo"},
    ]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"PK\x03\x04\0\0binary", b"," * 301])
def test_what_is_no_table_of_people_is_refused(staff_id: int, data: bytes) -> None:
    with pytest.raises(NotAPeopleFile):
        kept(data, staff_id)


def test_a_quotation_mark_that_is_never_closed_is_said_with_its_line(staff_id: int) -> None:
    with pytest.raises(LooksBroken) as at_once:
        kept(b'email,name\nann@example.org,Ann\nben@example.org,"Ben\n', staff_id)
    assert at_once.value.line == 3
    transfer = kept(b"email\n" + b"ann@example.org\n" * 30 + b'"ben\n', staff_id)
    with pytest.raises(LooksBroken) as broken:
        list(uploads.Rows(transfer))
    assert broken.value.line == 32


def test_a_batch_is_taken_from_where_the_last_one_ended(staff_id: int) -> None:
    transfer = kept(b"email\n" + b"".join(b"p%d@example.org\n\n" % one for one in range(5)), staff_id)
    first = uploads.Rows(transfer)
    assert [row.line for row in first.take(2)] == [2, 4]
    transfer.at_piece, transfer.at_offset, transfer.at_line = first.place.piece, first.place.offset, first.place.line
    assert [(row.line, row.cells["email"]) for row in uploads.Rows(transfer).take(9)] == [
        (6, "p2@example.org"),
        (8, "p3@example.org"),
        (10, "p4@example.org"),
    ]


def test_the_file_goes(staff_id: int) -> None:
    transfer = kept(b"email\nann@example.org\n", staff_id)
    uploads.forget_file(transfer)
    assert list(uploads.Rows(transfer)) == []
