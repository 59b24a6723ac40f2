from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import EncryptedText, Sealed, hashed_column, plain_column, sealed_column
from actions.extensions import Id, JsonList

WAITING = "seven days if you do not confirm, else with your record"


class SignupState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"


class Signup(Sealed):
    """A wish to join a list. The same wish twice while it waits is one row."""

    __tablename__ = "signups"
    __table_args__ = (
        Index(
            "uq_signups_waiting",
            "list_id",
            "supporter_id",
            "content_hash",
            unique=True,
            postgresql_where="state = 'unconfirmed'",
        ),
    )

    id: Mapped[Id]
    list_id: Mapped[int] = mapped_column(ForeignKey("lists.id"))
    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporters.id"), index=True)
    state: Mapped[SignupState] = mapped_column(default=SignupState.UNCONFIRMED)
    language: Mapped[str] = plain_column("a language code")
    country: Mapped[str | None] = plain_column("a country code")
    first_name_sealed: Mapped[bytes | None] = sealed_column("to address you by name", WAITING)
    first_name = EncryptedText("first_name_sealed")
    # Consents as ticked, [{"text_id", "purpose", "page_id", "list_id", "target_id"}]; recorded when confirmed.
    ticked: Mapped[JsonList] = plain_column("ids of consent texts")
    source: Mapped[str] = plain_column("a page's slug or 'join'")
    content_hash: Mapped[bytes] = hashed_column("to hold that what you confirm is what you saw", WAITING)
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
