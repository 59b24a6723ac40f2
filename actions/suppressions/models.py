from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped

from actions.encryption import hashed_column
from actions.extensions import Base, Id


class SuppressionReason(StrEnum):
    OBJECTION = "objection"
    COMPLAINT = "complaint"
    HARD_BOUNCE = "hard_bounce"
    NOT_ME = "not_me"
    ERASED = "erased"


class Suppression(Base):
    """An address that gets no mailing. Only its keyed hash is kept, so it outlives the person's record (C-39)."""

    __tablename__ = "suppressions"

    id: Mapped[Id]
    address_hash: Mapped[bytes] = hashed_column(
        "to remember that you want no mail", "for as long as the wish stands", unique=True
    )
    reason: Mapped[SuppressionReason]
    created_at: Mapped[datetime]
    # A person who confirms again cures it; a complaint is not cured by that (B-54).
    lifted_at: Mapped[datetime | None]
