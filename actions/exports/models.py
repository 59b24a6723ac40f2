from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import EncryptedText, Sealed, sealed_column
from actions.extensions import Base, Id


class ExportState(StrEnum):
    MAKING = "making"
    READY = "ready"
    GONE = "gone"


class ExportReason(StrEnum):
    """Why a list is taken out; a choice, since free words would name people in the audit log."""

    MOVE = "move"
    COPY = "copy"
    LAW = "law"


class Export(Base):
    """One list as a table. `after_id` is the resume point: it grows in the transaction that keeps those rows."""

    __tablename__ = "exports"

    id: Mapped[Id]
    state: Mapped[ExportState]
    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[ExportReason]
    # How many were on the list when it was begun; None until a worker has counted them.
    people: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    after_id: Mapped[int] = mapped_column(default=0)
    parts: Mapped[int] = mapped_column(default=0)
    downloads: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]


class ExportPart(Sealed):
    """Some of its rows. The ids between which their people lie stand beside them: whoever is erased is found there."""

    __tablename__ = "export_parts"
    __table_args__ = (UniqueConstraint("export_id", "number"),)

    id: Mapped[Id]
    export_id: Mapped[int] = mapped_column(ForeignKey("exports.id"))
    number: Mapped[int]
    first_id: Mapped[int]
    last_id: Mapped[int]
    # JSON: of each row the supporter's id and its cells.
    content_sealed: Mapped[bytes] = sealed_column(
        "to hand a list to whom you agreed it may go", "a day after the table is made"
    )
    content = EncryptedText("content_sealed")
