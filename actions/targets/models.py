from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import plain_column
from actions.extensions import Base, Id, Json

PUBLISHED = "published details of a public office"


class TargetKind(StrEnum):
    AMBASSADOR = "ambassador"
    CONSULATE = "consulate"
    MINISTER = "minister"
    HEAD_OF_STATE = "head_of_state"
    COMPANY = "company"
    OTHER = "other"


class DeliveryMode(StrEnum):
    EMAIL = "email"
    POST = "post"


class Target(Base):
    """A person in office. Forms of address are data, never guessed from a name or a gender."""

    __tablename__ = "targets"

    id: Mapped[Id]
    slug: Mapped[str] = plain_column(PUBLISHED, unique=True)
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[TargetKind]
    name: Mapped[str] = plain_column(PUBLISHED)
    office: Mapped[str] = plain_column(PUBLISHED)
    # The state that receives what a writer discloses, and the country the office stands in.
    represents: Mapped[str] = plain_column("a country code")
    country: Mapped[str] = plain_column("a country code")
    lines: Mapped[list[str]] = plain_column(PUBLISHED)
    email: Mapped[str | None] = plain_column(PUBLISHED)
    # In the target's own order of preference.
    languages: Mapped[list[str]] = plain_column("language codes")
    # language -> {"salutation", "close"}
    forms: Mapped[Json] = plain_column(PUBLISHED)
    # language -> {"name", "state"}: how a sentence names them
    wordings: Mapped[Json] = plain_column(PUBLISHED)
    delivery: Mapped[DeliveryMode]
    timezone: Mapped[str] = plain_column("a time zone")
    max_per_hour: Mapped[int] = mapped_column(default=60)
    max_per_day: Mapped[int] = mapped_column(default=500)
    demonstration: Mapped[bool] = mapped_column(default=False)
    verified_at: Mapped[datetime | None]
    # Set when mail to it fails for good or it asks for another way: its letters wait.
    waits_since: Mapped[datetime | None]
