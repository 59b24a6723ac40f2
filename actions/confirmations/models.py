from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import EncryptedText, Sealed, hashed_column, plain_column, sealed_column
from actions.extensions import Base, Id, JsonList


class ItemState(StrEnum):
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"


class Confirmation(Base):
    """One mailed link. While it is open, everything that one address still has to confirm hangs on it (C-13)."""

    __tablename__ = "confirmations"
    __table_args__ = (
        Index("uq_confirmations_open", "supporter_id", unique=True, postgresql_where="closed_at IS NULL"),
    )

    id: Mapped[Id]
    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporters.id"), index=True)
    # The supporter's when it was made: after an erasure the link is worth nothing (C-04).
    generation: Mapped[int]
    language: Mapped[str] = plain_column("a language code")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    # No further item is hung on it from here on; what waits can still be confirmed until it expires.
    closed_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]

    def takes_items(self, generation: int, moment: datetime) -> bool:
        return self.closed_at is None and self.expires_at > moment and self.generation == generation


class ConfirmationItem(Base):
    __tablename__ = "confirmation_items"
    __table_args__ = (UniqueConstraint("kind", "item_id"),)

    id: Mapped[Id]
    confirmation_id: Mapped[int] = mapped_column(ForeignKey("confirmations.id"), index=True)
    # signup, signature or letter; its handler is registered in create_foundation
    kind: Mapped[str] = plain_column("an item's kind")
    item_id: Mapped[int]
    # What the limits count by: one page or list, whichever version of the words was typed.
    subject: Mapped[str] = plain_column("kind and the id of a page or list")
    # Keyed hash of what was typed: what is shown is what is confirmed (C-03, L-06).
    content_hash: Mapped[bytes] = hashed_column("to hold that what you confirm is what you saw", "with the item")
    # Of one wish, as a letter to several targets, the first item; they are shown, and confirmed, together.
    together: Mapped[int | None]
    state: Mapped[ItemState] = mapped_column(default=ItemState.WAITING)
    requested_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class LinkRequest(Sealed):
    """That somebody filled in a form and waits for a link; a worker answers it.

    A form does the same work for an address that is known, new, suppressed or over its limits, so that neither its
    answer nor the time it takes tells anything (C-10). What depends on the address happens here, after the answer.
    """

    __tablename__ = "link_requests"

    id: Mapped[Id]
    # An item's kind, or what is asked for by an address alone.
    kind: Mapped[str] = plain_column("what is asked for")
    item_id: Mapped[int | None]
    supporter_id: Mapped[int | None] = mapped_column(ForeignKey("supporters.id"), index=True)
    email_sealed: Mapped[bytes | None] = sealed_column("to mail you the link you asked for", "until it is mailed")
    email = EncryptedText("email_sealed")
    language: Mapped[str] = plain_column("a language code")
    subject: Mapped[str] = plain_column("kind and the id of a page or list", default="")
    content_hash: Mapped[bytes | None] = hashed_column("to hold that what you confirm is what you saw", "a few seconds")
    # What was asked for by the same form: {"item", "hash"}.
    others: Mapped[JsonList] = plain_column("ids of items, and keyed hashes of what was typed", default=list)
    # A network over its limits waits until then.
    not_before: Mapped[datetime]


class ConfirmationMail(Base):
    """That a confirmation was queued for an address and item: the limits count these rows."""

    __tablename__ = "confirmation_mails"
    __table_args__ = (Index("ix_confirmation_mails_limits", "supporter_id", "subject", "due_at"),)

    id: Mapped[Id]
    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporters.id"))
    subject: Mapped[str] = plain_column("kind and the id of a page or list")
    delivery_id: Mapped[int]
    due_at: Mapped[datetime]
