from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from actions.encryption import plain_column
from actions.extensions import Base, Id, Json


class Draft(Base):
    """What one member of staff is writing in one place: nobody else writes into it."""

    __tablename__ = "drafts"
    __table_args__ = (UniqueConstraint("about_kind", "about_id", "part", "staff_id"),)

    id: Mapped[Id]
    about_kind: Mapped[str] = plain_column("a table's name")
    about_id: Mapped[int]
    part: Mapped[str] = plain_column("a language code, or which of our forms")
    staff_id: Mapped[int]
    # The version of what it is about that it was begun from, 0 for none.
    based_on: Mapped[int]
    # Counts what was kept, so that a second window of the same person does not write over the first.
    revision: Mapped[int]
    words: Mapped[Json] = plain_column("the organisation's own words")
    kept_at: Mapped[datetime]
