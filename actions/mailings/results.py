"""What came of a mailing: accepted, refused, left and acted, by language, country and hour."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all

from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from actions.letters.models import Letter
from actions.mailings.models import Mailing
from actions.segments.queries import WRITTEN
from actions.signatures.models import Signature, SignatureState
from actions.supporters.models import Supporter

S = DeliveryState
NO_COUNTRY = "unknown"


class By(StrEnum):
    LANGUAGE = "language"
    COUNTRY = "country"
    HOUR = "hour"


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
    def total(self) -> int:
        return self.sent + self.refused + self.left_out + self.open


NONE = (0, 0, 0, 0)
COLUMNS = ("key", "sent", "refused", "left_out", "open", "acted")


def lines(mailing: Mailing, by: By) -> list[Line]:
    """In the order of the key for hours, else the largest first."""
    delivered = numbers(mailing, by)
    acted = {key: number for key, number in db.session.execute(_acted(mailing, by))}  # noqa: C416  # dict() of rows has no types
    found = [_line(key, delivered.get(key, NONE), acted.get(key, 0)) for key in delivered.keys() | acted.keys()]
    return sorted(found, key=lambda line: (0 if by is By.HOUR else -line.total, line.key))


def numbers(mailing: Mailing, by: By) -> dict[str, list[int]]:
    """Key -> sent, refused, left out, open: of one that is over as it was added up, else from its rows."""
    if mailing.summary is not None:
        summed: dict[str, list[int]] = mailing.summary["lines"][by.value]
        return summed
    return {row[0]: list(row[1:]) for row in db.session.execute(_delivered(mailing, by))}


def total(found: Sequence[Line]) -> Line:
    sums = [sum(getattr(line, name) for line in found) for name in COLUMNS[1:]]
    return Line("", *sums)


def as_table(mailing: Mailing) -> Iterator[Sequence[str | int]]:
    """All of it in rows, for a file; its keys are codes and hours, so no spreadsheet takes one for a formula (W-15)."""
    yield ("by", *COLUMNS)
    for by in By:
        yield from ((by.value, *(getattr(line, name) for name in COLUMNS)) for line in lines(mailing, by))


def _line(key: str, numbers: Sequence[int], acted: int) -> Line:
    sent, refused, left_out, still_open = numbers
    return Line(key, sent, refused, left_out, still_open, acted)


def _delivered(mailing: Mailing, by: By) -> Select[str, int, int, int, int]:
    keys: dict[By, ColumnElement[str]] = {
        By.LANGUAGE: Delivery.language.expression,
        By.COUNTRY: func.coalesce(Supporter.country, NO_COUNTRY),
        By.HOUR: _hour(func.coalesce(Delivery.ended_at, Delivery.queued_at)),
    }
    counted = select(
        keys[by],
        func.count().filter(Delivery.state == S.SENT),
        func.count().filter(Delivery.state.in_([S.FAILED, S.UNKNOWN]), Delivery.ended_at.is_not(None)),
        func.count().filter(Delivery.state.in_([S.SUPPRESSED, S.CANCELLED])),
        func.count().filter(Delivery.ended_at.is_(None)),
    )
    joined = counted.join(Supporter, Supporter.id == Delivery.supporter_id) if by is By.COUNTRY else counted
    return joined.where(Delivery.mailing_id == mailing.id).group_by(keys[by])


def _acted(mailing: Mailing, by: By) -> Select[Any]:
    """By the link that they were sent; each act counts once."""
    signed = select(*_of_act(Signature, by)).where(
        Signature.mailing_id == mailing.id, Signature.state == SignatureState.COUNTED
    )
    wrote = select(*_of_act(Letter, by)).where(Letter.mailing_id == mailing.id, Letter.state.in_(WRITTEN))
    both = union_all(signed, wrote).subquery()
    return select(both.c.key, func.count()).group_by(both.c.key)


def _of_act(room: type[Signature | Letter], by: By) -> Sequence[ColumnElement[str]]:
    keys: dict[By, ColumnElement[str]] = {
        By.LANGUAGE: room.language.expression,
        By.COUNTRY: func.coalesce(room.country, NO_COUNTRY),
        By.HOUR: _hour(room.created_at),
    }
    return [keys[by].label("key")]


def _hour(moment: Any) -> ColumnElement[str]:  # noqa: ANN401  # a column or an expression
    return func.to_char(func.timezone("UTC", moment), literal("YYYY-MM-DD HH24:00"))
