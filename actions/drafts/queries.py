from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select

from actions.drafts.models import Draft
from actions.extensions import db


@dataclass(frozen=True)
class Place:
    """What is written: a table's name, the id of its row, and a language or another part of it."""

    kind: str
    id: int
    part: str

    def is_here(self) -> ColumnElement[bool]:
        return and_(Draft.about_kind == self.kind, Draft.about_id == self.id, Draft.part == self.part)


def draft_of(place: Place, staff_id: int) -> Draft | None:
    return db.session.scalars(select(Draft).where(place.is_here(), Draft.staff_id == staff_id)).one_or_none()


def drafts_of_others(place: Place, staff_id: int) -> Sequence[Draft]:
    """Who else has words there that are not saved, the latest first."""
    found = select(Draft).where(place.is_here(), Draft.staff_id != staff_id)
    return db.session.scalars(found.order_by(Draft.kept_at.desc())).all()


def drafts_about(kind: str, about_id: int, staff_id: int | None = None) -> Sequence[Draft]:
    """In every part of it: everybody's, or one member's."""
    found = select(Draft).where(Draft.about_kind == kind, Draft.about_id == about_id).order_by(Draft.part)
    return db.session.scalars(found if staff_id is None else found.where(Draft.staff_id == staff_id)).all()
