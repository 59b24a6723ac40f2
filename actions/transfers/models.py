from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import EncryptedText, Sealed, plain_column, sealed_column
from actions.extensions import Base, Id, Json

WHILE_IMPORTING = "until the import has ended, or a week after it was begun"


class TransferState(StrEnum):
    UPLOADING = "uploading"
    LOOKED_AT = "looked_at"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PartKind(StrEnum):
    UPLOADED = "uploaded"
    REFUSED = "refused"


class Transfer(Base):
    """One import. `rows_done` is the resume point: it grows in the transaction that takes in those rows; `at_piece`,
    `at_offset` and `at_line` say where in the file the next one begins.
    """

    __tablename__ = "transfers"

    id: Mapped[Id]
    state: Mapped[TransferState]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    list_id: Mapped[int | None] = mapped_column(ForeignKey("lists.id"))
    encoding: Mapped[str] = plain_column("the name of an encoding")
    # {"separator", "has_head", "columns": our name of each column, or an empty text}
    reading: Mapped[Json] = plain_column("how a file is laid out; no cell of it")
    evidence: Mapped[str] = plain_column("where consent can be shown, in our own words")
    # For everybody in it, beside those that stand in their rows.
    tag_id: Mapped[int | None] = mapped_column(ForeignKey("tags.id", ondelete="SET NULL"))
    # Of the rows that name no date of their own.
    consented_at: Mapped[datetime | None]
    rows: Mapped[int]
    rows_done: Mapped[int]
    at_piece: Mapped[int]
    at_offset: Mapped[int]
    at_line: Mapped[int]
    joined: Mapped[int]
    waiting: Mapped[int]
    known: Mapped[int]
    merged: Mapped[int]
    refused: Mapped[int]
    # The line at which the file turned out to be no CSV.
    broken_line: Mapped[int | None]
    created_at: Mapped[datetime]
    # While it is being uploaded: when its last piece came.
    heard_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class TransferPart(Sealed):
    """A piece of the file as it was uploaded, or rows of it that were refused."""

    __tablename__ = "transfer_parts"
    __table_args__ = (UniqueConstraint("transfer_id", "kind", "number"),)

    id: Mapped[Id]
    transfer_id: Mapped[int] = mapped_column(ForeignKey("transfers.id"))
    kind: Mapped[PartKind]
    number: Mapped[int]
    # Octets as Latin-1 text for what was uploaded (see tables.Incoming), CSV for what was refused.
    content_sealed: Mapped[bytes] = sealed_column("to bring in a list that you are on", WHILE_IMPORTING)
    content = EncryptedText("content_sealed")
