"""A CSV file of any make: kept sealed in pieces, and what it seems to be written in."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from sqlalchemy import delete, select

from actions import clock
from actions.actors import Actor
from actions.addresses import InvalidAddress, parse_address
from actions.extensions import db
from actions.transfers.models import PartKind, Transfer, TransferPart, TransferState
from actions.transfers.people import COLUMNS, NotAPeopleFile, Row

LARGEST_FILE = 200 * 1024 * 1024
PIECE = 1024 * 1024
# A file without line ends must not be gathered in memory to look for one.
LONGEST_LINE = PIECE
_SEPARATORS = ",;\t|"
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))
# As mailing systems and spreadsheets name them.
_NAMES = {
    "email": ("email", "e_mail", "mail", "email_address", "e_mail_address", "address", "correo", "courriel"),
    "first_name": ("first_name", "firstname", "given_name", "first", "vorname", "prénom", "nombre"),
    "last_name": ("last_name", "lastname", "surname", "family_name", "last", "nachname", "nom", "apellido"),
    "country": ("country", "country_code", "land", "pays", "país"),
    "language": ("language", "lang", "locale", "sprache", "langue", "idioma"),
    "consent_date": ("consent_date", "consent", "opt_in_date", "opt_in_time", "optin_time", "subscribed", "joined"),
}
_KNOWN_AS = {name: column for column, names in _NAMES.items() for name in names}


class LooksBroken(NotAPeopleFile):
    """From this line on it is no CSV."""

    def __init__(self, line: int) -> None:
        super().__init__(f"Line {line} is no CSV: it has no end, or a quotation mark there may never be closed.")
        self.line = line


def keep(stream: BinaryIO, *, by: Actor) -> Transfer:
    """The file in sealed pieces, with a guess at its encoding and columns. Raises NotAPeopleFile."""
    first = stream.read(PIECE)
    transfer = Transfer(
        state=TransferState.LOOKED_AT,
        staff_id=by.id,
        encoding=_marked(first) or "utf-8",
        reading={},
        evidence="",
        created_at=clock.now(),
        **dict.fromkeys(("rows", "rows_done", "joined", "waiting", "known", "merged", "refused"), 0),
    )
    db.session.add(transfer)
    db.session.flush()
    transfer.encoding = _keep_pieces(transfer, first, stream)
    transfer.reading = _guessed(transfer)
    db.session.flush()
    return transfer


def forget_file(transfer: Transfer) -> None:
    db.session.execute(
        delete(TransferPart).where(TransferPart.transfer_id == transfer.id, TransferPart.kind == PartKind.UPLOADED)
    )


def records(transfer: Transfer) -> Iterator[tuple[int, list[str]]]:
    """Each record with its line, the one that names the columns too; a piece at a time. Raises LooksBroken."""
    separator = str(transfer.reading.get("separator", ","))
    reader, line = csv.reader(_lines(transfer), delimiter=separator, strict=True), 1
    try:
        for cells in reader:
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise LooksBroken(line) from error


def rows(transfer: Transfer, start: int = 0) -> Iterator[Row]:
    """From the row of that number on, under our names of the columns."""
    head = 1 if transfer.reading["has_head"] else 0
    columns = transfer.reading["columns"]
    for line, cells in islice(records(transfer), start + head, None):
        yield Row(line, {name: cell for name, cell in zip(columns, cells, strict=False) if name})


def sample(transfer: Transfer, size: int) -> tuple[list[str], list[list[str]]]:
    """(the names of the columns in the file, its first rows)."""
    width = len(transfer.reading["columns"])
    first = [(cells + [""] * width)[:width] for _, cells in islice(records(transfer), size + 1)]
    if transfer.reading["has_head"]:
        return first[0], first[1:]
    return [f"Column {number}" for number in range(1, width + 1)], first[:size]


def _keep_pieces(transfer: Transfer, first: bytes, stream: BinaryIO) -> str:
    """The encoding: what its mark says, else UTF-8 where every octet fits, else that of Windows."""
    encoding = transfer.encoding
    check, number, piece = codecs.getincrementaldecoder(encoding)(), 0, first
    while piece:
        if encoding != "utf-16" and b"\0" in piece:
            raise NotAPeopleFile("This is no CSV file. Save your table as “CSV” and choose that file.")
        try:
            check.decode(piece)
        except UnicodeDecodeError:
            encoding = "cp1252"
            check = codecs.getincrementaldecoder("latin-1")()
        content = piece.decode("latin-1")
        part = TransferPart(transfer_id=transfer.id, kind=PartKind.UPLOADED, number=number, content=content)
        db.session.add(part)
        db.session.flush()
        db.session.expunge(part)
        number, piece = number + 1, stream.read(PIECE)
    return encoding


def _marked(first: bytes) -> str | None:
    return next((name for mark, name in _MARKS if first.startswith(mark)), None)


def _lines(transfer: Transfer) -> Iterator[str]:
    """As the `csv` module wants them: with their ends. Raises LooksBroken."""
    decoder = codecs.getincrementaldecoder(transfer.encoding)(errors="replace")
    rest, read = "", 0
    for piece in _pieces(transfer):
        *whole, rest = (rest + decoder.decode(piece)).split("\n")
        yield from (f"{line}\n".replace("\0", "") for line in whole)
        read += len(whole)
        if len(rest) > LONGEST_LINE:
            raise LooksBroken(read + 1)
    if rest := rest + decoder.decode(b"", final=True):
        yield rest.replace("\0", "")


def _pieces(transfer: Transfer) -> Iterator[bytes]:
    number = 0
    wanted = select(TransferPart.id, TransferPart.content_sealed).where(
        TransferPart.transfer_id == transfer.id, TransferPart.kind == PartKind.UPLOADED
    )
    while (found := db.session.execute(wanted.where(TransferPart.number == number)).one_or_none()) is not None:
        yield (TransferPart.content.open(found.content_sealed, found.id) or "").encode("latin-1")
        number += 1


def _guessed(transfer: Transfer) -> dict[str, object]:
    first = next(_lines(transfer), "")
    transfer.reading = {"separator": max(_SEPARATORS, key=first.count)}
    some = [cells for _, cells in islice(records(transfer), 20)]
    if not some:
        raise NotAPeopleFile("This file is empty.")
    has_head = not any(_is_address(cell) for cell in some[0])
    named = [_KNOWN_AS.get(_plain(cell), "") for cell in some[0]] if has_head else [""] * len(some[0])
    return {**transfer.reading, "has_head": has_head, "columns": _once(_with_email(named, some))}


def _with_email(named: list[str], some: Sequence[list[str]]) -> list[str]:
    """Where no name says which column holds the addresses, the cells do."""
    if "email" not in named:
        holds = [any(_is_address(cells[at]) for cells in some if at < len(cells)) for at in range(len(named))]
        if True in holds:
            named[holds.index(True)] = "email"
    return named


def _once(named: Sequence[str]) -> list[str]:
    """The first column of a name has it."""
    return [name if name in COLUMNS and name not in named[:at] else "" for at, name in enumerate(named)]


def _plain(name: str) -> str:
    return "_".join(name.strip().lstrip("\ufeff").lower().replace("-", " ").replace("_", " ").split())


def _is_address(cell: str) -> bool:
    try:
        parse_address(cell)
    except InvalidAddress:
        return False
    return True
