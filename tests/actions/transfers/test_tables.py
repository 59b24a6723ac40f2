import csv
import tracemalloc
from collections.abc import Iterator
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.transfers import tables
from actions.transfers.people import NotAPeopleFile
from actions.transfers.tables import Incoming, LooksBroken, Pieces, Place, Records, separator_of

AWKWARD = (
    'email,note\r\nann@example.org,"two\nlines, ""quoted"""\r\nzoë@example.org,ខ្មែរ\r\n\r\nben@example.org,عربي 🙂\r\n'
)
RECORDS = [
    (1, ["email", "note"]),
    (2, ["ann@example.org", 'two\nlines, "quoted"']),
    (4, ["zoë@example.org", "ខ្មែរ"]),
    (6, ["ben@example.org", "عربي 🙂"]),
]
cells = st.lists(
    st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=9), min_size=2, max_size=2
)


def cut(data: bytes, *sizes: int) -> Iterator[bytes]:
    """The last size over and over."""
    at = 0
    while at < len(data):
        size, sizes = sizes[0], sizes[1:] or sizes
        yield data[at : at + size]
        at += size


def kept(data: bytes, size: int = tables.PIECE) -> tuple[list[bytes], str]:
    incoming = Incoming(BytesIO(data))
    pieces = b"".join(incoming)
    return list(cut(pieces, size)), incoming.encoding


def of(pieces: list[bytes]) -> Pieces:
    return lambda number: iter(pieces[number:])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_pieces_cut_anywhere_are_one_table(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    data = AWKWARD.encode(encoding)
    for size in range(1, len(data) + 1):
        monkeypatch.setattr(tables, "PIECE", max(size, 64))
        pieces, found = kept(data, size)
        assert found == ("utf-8" if encoding.startswith("utf-8") else "utf-16")
        assert list(Records(of(pieces), found, ",", Place())) == RECORDS


def test_utf_16_is_recoded_though_its_letters_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PIECE", 65)
    incoming = Incoming(BytesIO(AWKWARD.encode("utf-16")))
    assert b"".join(incoming).decode() == AWKWARD


@given(table=st.lists(cells, max_size=12), size=st.integers(1, 40), ends=st.sampled_from(["\n", "\r\n"]))
def test_it_goes_on_after_any_record_with_the_next_one(table: list[list[str]], size: int, ends: str) -> None:
    text = ends.join(",".join('"{}"'.format(cell.replace('"', '""')) for cell in row) for row in table)
    pieces = list(cut(text.encode(), size))
    whole = list(Records(of(pieces), "utf-8", ",", Place()))
    assert [row for _, row in whole] == [row for row in csv.reader(BytesLines(text), strict=True) if any(row)]
    for taken in range(len(whole) + 1):
        first = Records(of(pieces), "utf-8", ",", Place())
        begun = iter(first)
        assert [next(begun) for _ in range(taken)] == whole[:taken]
        assert list(Records(of(pieces), "utf-8", ",", first.place)) == whole[taken:]


class BytesLines:
    """A text cut after each line feed and nowhere else."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")

    def __iter__(self) -> Iterator[str]:
        *whole, rest = self._lines
        yield from (f"{line}\n" for line in whole)
        if rest:
            yield rest


def test_windows_letters_and_the_line_ends_of_old_macintoshes_are_read() -> None:
    pieces, encoding = kept("email;name\rann@example.org;Zoë\r".encode("cp1252"))
    assert (encoding, separator_of(of(pieces))) == ("cp1252", ";")
    assert list(Records(of(pieces), encoding, ";", Place()))[1] == (2, ["ann@example.org", "Zoë"])


def test_a_letter_that_the_file_ends_in_the_middle_of_is_none_of_utf_8() -> None:
    assert kept("ann@example.org,Zoë".encode()[:-1])[1] == "cp1252"


@pytest.mark.parametrize("data", [b"PK\x03\x04\0\0binary", bytes(range(256)) * 9, b"a" * 2000 + b"\0"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPeopleFile):
        kept(data)


@pytest.mark.requirement("W-22")
def test_a_line_or_a_quotation_without_end_is_not_gathered_in_memory() -> None:
    for data, line in ((b"email\n" + b"a" * 5_000_000, 2), (b'email\nann@example.org\n"' + b"ab\n" * 1_500_000, 3)):
        pieces = list(cut(data, 100_000))
        tracemalloc.start()
        with pytest.raises(LooksBroken) as broken:
            list(Records(of(pieces), "utf-8", ",", Place()))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert broken.value.line == line
        assert peak < 4_000_000


def test_a_record_that_never_ends_is_not_gathered_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line closes a quotation and opens the next."""
    monkeypatch.setattr(tables, "LONGEST_RECORD", 1000)
    with pytest.raises(LooksBroken) as raised:
        list(Records(of([b'email,note\n"' + b'","\n' * 1000]), "utf-8", ",", Place()))
    assert raised.value.line == 2
    assert len(list(Records(of([b'"a","b\nc"\n' * 1000]), "utf-8", ",", Place()))) == 1000
