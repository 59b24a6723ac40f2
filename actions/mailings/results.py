"""What came of a mailing: accepted, refused, left and acted, by language, country and hour; acts as the workers count
them (pages/counting.py).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from actions.extensions import db
from actions.mailings.models import Mailing
from actions.mailings.summing import shown_tally
from actions.mailings.tallies import HOUR, NO_COUNTRY, By, Tally
from actions.pages.models import MailingCount


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
# On a screen: acts come for months, and all of them stand in the file.
MOST_HOURS = 3 * 24
COLUMNS = ("key", "sent", "refused", "left_out", "open", "acted")


def views(mailing: Mailing, tally: Tally) -> dict[By, list[Line]]:
    """Hours in their order, else the largest first."""
    acted: dict[By, Counter[str]] = {by: Counter() for by in By}
    of = MailingCount
    keys: list[ColumnElement[Any]] = [of.language.expression, of.country.expression, of.hour.expression]
    sums: Select[Any] = select(*keys, func.sum(of.count)).where(of.mailing_id == mailing.id)
    for language, country, hour, number in db.session.execute(sums.group_by(func.grouping_sets(*keys))):
        if hour is not None:
            acted[By.HOUR][hour.astimezone(UTC).strftime(HOUR)] += int(number)
        elif country is not None:
            acted[By.COUNTRY][country or NO_COUNTRY] += int(number)
        else:
            acted[By.LANGUAGE][language] += int(number)
    return {by: _lines(by, tally.lines.get(by, {}), acted[by]) for by in By}


def _lines(by: By, delivered: Mapping[str, Sequence[int]], acted: Mapping[str, int]) -> list[Line]:
    found = [_line(key, delivered.get(key, NONE), acted.get(key, 0)) for key in delivered.keys() | acted.keys()]
    return sorted(found, key=lambda line: (0 if by is By.HOUR else -line.total, line.key))


def total(found: Sequence[Line]) -> Line:
    sums = [sum(getattr(line, name) for line in found) for name in COLUMNS[1:]]
    return Line("", *sums)


def side_by_side(mailings: Sequence[Mailing]) -> list[tuple[Mailing, Line]]:
    """Each as a whole."""
    acts = select(MailingCount.mailing_id, func.sum(MailingCount.count)).group_by(MailingCount.mailing_id)
    ids = [one.id for one in mailings]
    acted = {row[0]: int(row[1]) for row in db.session.execute(acts.where(MailingCount.mailing_id.in_(ids)))}
    wholes = []
    for one in mailings:
        columns = shown_tally(one).lines.get(By.LANGUAGE, {}).values()
        sums = [sum(numbers) for numbers in zip(*columns, strict=True)] or NONE
        wholes.append((one, _line("", sums, acted.get(one.id, 0))))
    return wholes


def hour_by_hour(found: Sequence[Line]) -> list[Line]:
    """The lines by hour with the hours between them, in which nothing happened; the first three days."""
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
