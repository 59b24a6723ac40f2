from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import EncryptedText, Sealed, sealed_column
from actions.extensions import Id


class Said(StrEnum):
    YES = "yes"
    NO = "no"


class Question(Sealed):
    """Did they answer? Asked of one person about all their letters from one page, and once more where they said no."""

    __tablename__ = "questions"
    __table_args__ = (
        UniqueConstraint("page_id", "supporter_id"),
        Index("ix_questions_of_no", "said_at", postgresql_where="said = 'no' AND asked_again_at IS NULL"),
        Index("ix_questions_told", "answered_at", postgresql_where="answered_at IS NOT NULL"),
    )

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporters.id"), index=True)
    asked_at: Mapped[datetime]
    asked_again_at: Mapped[datetime | None]
    said: Mapped[Said | None]
    said_at: Mapped[datetime | None]
    # "Do not ask me again": about no letter of theirs, from no page.
    stopped_at: Mapped[datetime | None]
    answer_sealed: Mapped[bytes | None] = sealed_column("to learn what the office answered you", "12 months")
    answer = EncryptedText("answer_sealed")
    answered_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
