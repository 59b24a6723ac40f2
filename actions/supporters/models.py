from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import EncryptedText, Sealed, hashed_column, plain_column, sealed_column
from actions.extensions import Id

UNTIL_ERASED = "until the supporter leaves or asks for erasure"


class SupporterState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    ACTIVE = "active"
    ERASED = "erased"


class Supporter(Sealed):
    """A person known by one address.

    An unconfirmed one holds the address alone; what was typed waits with the sign-up, signature or letter.
    An erased one keeps its id and nothing else, so that counts and consents still add up.
    """

    __tablename__ = "supporters"

    id: Mapped[Id]
    state: Mapped[SupporterState] = mapped_column(default=SupporterState.UNCONFIRMED)
    email_sealed: Mapped[bytes | None] = sealed_column("to write to you", UNTIL_ERASED)
    email = EncryptedText("email_sealed")
    email_hash: Mapped[bytes | None] = hashed_column("to find you by your address", UNTIL_ERASED, unique=True)
    # The destination site: throttling asks for it, nobody else.
    site_hash: Mapped[bytes | None] = hashed_column(
        "to send mail to your provider at its pace", UNTIL_ERASED, index=True
    )
    first_name_sealed: Mapped[bytes | None] = sealed_column("to address you by name", UNTIL_ERASED)
    first_name = EncryptedText("first_name_sealed")
    last_name_sealed: Mapped[bytes | None] = sealed_column("to sign as you", UNTIL_ERASED)
    last_name = EncryptedText("last_name_sealed")
    country: Mapped[str | None] = plain_column("a country code; plain so that pages can be counted by country")
    language: Mapped[str] = plain_column("a language code")
    source: Mapped[str] = plain_column("a page's slug, 'join', or the name of an import")
    # Grows on erasure and withdrawal: links mailed before are worth nothing afterwards.
    generation: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_active_at: Mapped[datetime | None] = mapped_column(index=True)
    erased_at: Mapped[datetime | None]

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part)
