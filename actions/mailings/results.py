"""What came of a mailing: accepted, refused, left and acted, by language, country and hour."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all

from actions.extensions import db
from actions.letters.models import Letter
from actions.mailings.models import Mailing
from actions.mailings.summing import shown_tally
from actions.mailings.tallies import HOUR, NO_COUNTRY, By, Tally
from actions.segments.queries import WRITTEN
from actions.signatures.models import Signature, SignatureState


@dataclass(frozen=True)
class Line:
    """`key`: a language, a country or an hour."""

    key: str
    sent: int = 0
    refused: int = 0
    left_out: int = 0
    open: int = 0
    acted: int = 0

    @property
    def hour(self) -> datetime:
        """Of a line by hour."""
        return datetime.fromisoformat(self.key).replace(tzinfo=UTC)

    @property
    def total(self) -> int:
        return self.sent + self.refused + self.left_out + self.open

    @property
    def shares(self) -> dict[str, float]:
        """Of all rows what became of them; of those who got it who acted."""
        parts = {name: getattr(self, name) / self.total for name in COLUMNS[1:5] if self.total}
        return parts | ({"acted": self.acted / self.sent} if self.sent else {})


NONE = (0, 0, 0, 0)
MOST_HOURS = 7 * 24
COLUMNS = ("key", "sent", "refused", "left_out", "open", "acted")


def views(mailing: Mailing, tally: Tally) -> dict[By, list[Line]]:
    """Hours in their order, else the largest first."""
    acted: dict[By, Counter[str]] = {by: Counter() for by in By}
    for *keys, number in db.session.execute(_acted(mailing)):
        for by, key in zip(By, keys, strict=True):
            acted[by][key] += number
    return {by: _lines(by, tally.lines.get(by, {}), acted[by]) for by in By}


def _lines(by: By, delivered: Mapping[str, Sequence[int]], acted: Mapping[str, int]) -> list[Line]:
    found = [_line(key, delivered.get(key, NONE), acted.get(key, 0)) for key in delivered.keys() | acted.keys()]
    return sorted(found, key=lambda line: (0 if by is By.HOUR else -line.total, line.key))


def total(found: Sequence[Line]) -> Line:
    sums = [sum(getattr(line, name) for line in found) for name in COLUMNS[1:]]
    return Line("", *sums)


def side_by_side(mailings: Sequence[Mailing]) -> list[tuple[Mailing, Line]]:
    """Each as a whole."""
    acts = _acts(lambda room: [room.mailing_id.expression], [one.id for one in mailings])
    acted = {row[0]: row[1] for row in db.session.execute(acts)}
    wholes = []
    for one in mailings:
        columns = shown_tally(one).lines.get(By.LANGUAGE, {}).values()
        sums = [sum(numbers) for numbers in zip(*columns, strict=True)] or NONE
        wholes.append((one, _line("", sums, acted.get(one.id, 0))))
    return wholes


def hour_by_hour(found: Sequence[Line]) -> list[Line]:
    """The lines by hour with the hours between them, in which nothing happened; the first week."""
    if not found:
        return []
    known = {line.key: line for line in found}
    first, last = (datetime.strptime(line.key, HOUR).replace(tzinfo=UTC) for line in (found[0], found[-1]))
    hours = min(int((last - first) / timedelta(hours=1)) + 1, MOST_HOURS)
    keys = [(first + timedelta(hours=at)).strftime(HOUR) for at in range(hours)]
    return [known.get(key, Line(key)) for key in keys]


def as_table(mailing: Mailing) -> Iterator[Sequence[str | int]]:
    """All of it in rows, for a file; its keys are codes and hours, so no spreadsheet takes one for a formula (W-15)."""
    yield ("by", *COLUMNS)
    for by, lines in views(mailing, shown_tally(mailing)).items():
        yield from ((by.value, *(getattr(line, name) for name in COLUMNS)) for line in lines)


def _line(key: str, numbers: Sequence[int], acted: int) -> Line:
    sent, refused, left_out, still_open = numbers
    return Line(key, sent, refused, left_out, still_open, acted)


def _acted(mailing: Mailing) -> Select[Any]:
    """By language, country and hour, as `By` has them."""
    return _acts(
        lambda room: [
            room.language.expression,
            func.coalesce(room.country, NO_COUNTRY),
            func.to_char(func.timezone("UTC", room.created_at), literal("YYYY-MM-DD HH24:00")),
        ],
        [mailing.id],
    )


def _acts(keys: Callable[[type[Signature | Letter]], Sequence[ColumnElement[Any]]], mailings: list[int]) -> Select[Any]:
    """How many acted by the link that they were sent, by keys of an act; each act counts once."""
    signed = select(*keys(Signature)).where(
        Signature.mailing_id.in_(mailings), Signature.state == SignatureState.COUNTED
    )
    wrote = select(*keys(Letter)).where(Letter.mailing_id.in_(mailings), Letter.state.in_(WRITTEN))
    both = union_all(signed, wrote).subquery()
    return select(*both.c, func.count()).group_by(*both.c)
