"""A file that is kept, as a table of people: what it seems to be written in, its rows, and where each batch ends."""

from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import delete, select

from actions import clock
from actions.actors import Actor
from actions.addresses import InvalidAddress, parse_address
from actions.extensions import db
from actions.transfers.models import PartKind, Transfer, TransferPart, TransferState
from actions.transfers.people import COLUMNS, NotAPeopleFile, Row
from actions.transfers.tables import Pieces, Place, Records, first_records, separator_of

LARGEST_FILE = 200 * 1024 * 1024
# Each is shown with a choice beside it.
MOST_COLUMNS = 300
# As mailing systems and spreadsheets name them.
_NAMES = {
    "email": ("email", "e_mail", "mail", "email_address", "e_mail_address", "address", "correo", "courriel"),
    "first_name": ("first_name", "firstname", "given_name", "first", "vorname", "prénom", "nombre"),
    "last_name": ("last_name", "lastname", "surname", "family_name", "last", "nachname", "nom", "apellido"),
    "country": ("country", "country_code", "land", "pays", "país"),
    "language": ("language", "lang", "locale", "sprache", "langue", "idioma"),
    "consent_date": ("consent_date", "consent", "opt_in_date", "opt_in_time", "optin_time", "subscribed", "joined"),
    "tags": ("tags", "tag", "labels", "groups", "schlagworte", "etiquetas", "étiquettes"),
}
_KNOWN_AS = {name: column for column, names in _NAMES.items() for name in names}


def new_transfer(*, by: Actor) -> Transfer:
    """Its pieces are on their way."""
    transfer = Transfer(
        state=TransferState.UPLOADING,
        staff_id=by.id,
        encoding="utf-8",
        reading={},
        evidence="",
        at_line=1,
        created_at=clock.now(),
        heard_at=clock.now(),
        **dict.fromkeys(("rows", "rows_done", "at_piece", "at_offset"), 0),
        **dict.fromkeys(("joined", "waiting", "known", "merged", "refused"), 0),
    )
    db.session.add(transfer)
    db.session.flush()
    return transfer


def look_at(transfer: Transfer) -> None:
    """All its pieces are here: a guess at its columns. Raises NotAPeopleFile."""
    transfer.reading = _guessed(transfer)
    transfer.state, transfer.heard_at = TransferState.LOOKED_AT, None
    db.session.flush()


def forget_file(transfer: Transfer) -> None:
    db.session.execute(
        delete(TransferPart).where(TransferPart.transfer_id == transfer.id, TransferPart.kind == PartKind.UPLOADED)
    )


class Rows:
    """The rows of a file under our names of its columns, from where the transfer stands; a batch at a time."""

    def __init__(self, transfer: Transfer, start: Place | None = None) -> None:
        place = start or Place(transfer.at_piece, transfer.at_offset, transfer.at_line)
        self._columns: list[str] = transfer.reading["columns"]
        self._records = Records(_pieces_of(transfer.id), transfer.encoding, transfer.reading["separator"], place)
        self._given = iter(self._records)
        if transfer.reading["has_head"] and place == Place():
            next(self._given, None)

    @property
    def place(self) -> Place:
        """Where the first row begins that was not given yet."""
        return self._records.place

    def __iter__(self) -> Iterator[Row]:
        """Raises LooksBroken."""
        for line, cells in self._given:
            yield Row(line, {name: cell for name, cell in zip(self._columns, cells, strict=False) if name})

    def take(self, most: int) -> list[Row]:
        """An empty one at the end. Raises LooksBroken."""
        return list(islice(self, most))


def sample(transfer: Transfer, size: int) -> tuple[list[str], list[list[str]]]:
    """(the names of the columns in the file, its first rows). Raises LooksBroken."""
    width = len(transfer.reading["columns"])
    found = first_records(_pieces_of(transfer.id), transfer.encoding, transfer.reading["separator"], size + 1)
    first = [(cells + [""] * width)[:width] for cells in found]
    if transfer.reading["has_head"]:
        return first[0], first[1:]
    return [f"Column {number}" for number in range(1, width + 1)], first[:size]


def _pieces_of(transfer_id: int) -> Pieces:
    wanted = select(TransferPart.id, TransferPart.content_sealed).where(
        TransferPart.transfer_id == transfer_id, TransferPart.kind == PartKind.UPLOADED
    )

    def pieces(number: int) -> Iterator[bytes]:
        while (found := db.session.execute(wanted.where(TransferPart.number == number)).one_or_none()) is not None:
            yield (TransferPart.content.open(found.content_sealed, found.id) or "").encode("latin-1")
            number += 1

    return pieces


def _guessed(transfer: Transfer) -> dict[str, object]:
    pieces = _pieces_of(transfer.id)
    separator = separator_of(pieces)
    some = first_records(pieces, transfer.encoding, separator, 20)
    if not some:
        raise NotAPeopleFile("This file is empty. Choose another one.")
    if len(some[0]) > MOST_COLUMNS:
        raise NotAPeopleFile(f"This table has {len(some[0])} columns; {MOST_COLUMNS} are the most. Leave some out.")
    has_head = not any(_is_address(cell) for cell in some[0])
    named = [_KNOWN_AS.get(plain_name(cell), "") for cell in some[0]] if has_head else [""] * len(some[0])
    return {"separator": separator, "has_head": has_head, "columns": _once(_with_email(named, some))}


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


def plain_name(name: str) -> str:
    return "_".join(name.strip().lower().replace("-", " ").replace("_", " ").split())


def _is_address(cell: str) -> bool:
    try:
        parse_address(cell)
    except InvalidAddress:
        return False
    return True
