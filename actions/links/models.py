from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped

from actions.encryption import plain_column
from actions.extensions import Base, Id


class Came(StrEnum):
    """What became of asking."""

    ANSWERED = "answered"
    NO_SUCH_HOST = "no_such_host"
    UNREACHABLE = "unreachable"
    NOT_TRUSTED = "not_trusted"
    # Not of the public Internet, so nobody else could open it either.
    NOT_PUBLIC = "not_public"
    GOES_ROUND = "goes_round"


class LinkCheck(Base):
    """One address, and what came when it was last asked for."""

    __tablename__ = "link_checks"

    id: Mapped[Id]
    address: Mapped[str] = plain_column("an address in the organisation's own words", unique=True)
    asked_at: Mapped[datetime]
    # A worker has taken it; one that died leaves it, and it is taken again.
    claimed_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    came: Mapped[Came | None]
    # Of HTTP, where it answered.
    status: Mapped[int | None]
    # Where it leads on to, if elsewhere.
    leads_to: Mapped[str | None] = plain_column("an address that another site gave")
