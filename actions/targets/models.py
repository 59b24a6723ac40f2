from datetime import datetime, time
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
    # Printed together and handed over by a person.
    BUNDLE = "bundle"
    POST = "post"


class WaitsWhy(StrEnum):
    """Why the letters of a target wait."""

    BOUNCED = "bounced"
    FULL = "full"
    REFUSED = "refused"
    ASKED = "asked"
    DESK = "desk"


# In the order of a week.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


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
    # Where it speaks for the state that it represents.
    accredited_to: Mapped[list[str]] = plain_column("country codes", default=list)
    lines: Mapped[list[str]] = plain_column(PUBLISHED)
    email: Mapped[str | None] = plain_column(PUBLISHED)
    # Known, but not written to.
    spare_emails: Mapped[list[str]] = plain_column(PUBLISHED, default=list)
    # In the target's own order of preference.
    languages: Mapped[list[str]] = plain_column("language codes")
    # language -> {"salutation", "close"}, and "envelope" where it is known
    forms: Mapped[Json] = plain_column(PUBLISHED)
    # language -> {"name", "state"}: how a sentence names them
    wordings: Mapped[Json] = plain_column(PUBLISHED)
    delivery: Mapped[DeliveryMode]
    timezone: Mapped[str] = plain_column("a time zone")
    # By the clock of its time zone; no times are the whole day, no days the whole week.
    opens_at: Mapped[time | None]
    closes_at: Mapped[time | None]
    open_days: Mapped[list[str]] = plain_column("days of the week", default=list)
    max_per_hour: Mapped[int] = mapped_column(default=60)
    max_per_day: Mapped[int] = mapped_column(default=500)
    max_in_total: Mapped[int | None]
    demonstration: Mapped[bool] = mapped_column(default=False)
    # Who last changed where letters go, and when. NULL: not a member of staff, or before it was kept.
    address_by: Mapped[int | None]
    address_at: Mapped[datetime | None]
    # Gone as soon as the address changes (L-11).
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[int | None]
    verification_note: Mapped[str] = plain_column("where the address of a public office was seen", default="")
    # Since its address changed, or since somebody let its letters go on.
    hard_bounces: Mapped[int] = mapped_column(default=0)
    # While it is set, letters stay ready.
    waits_since: Mapped[datetime | None]
    waits_why: Mapped[WaitsWhy | None]
    waits_note: Mapped[str] = plain_column("what a public office asked for", default="")

    @property
    def takes_email(self) -> bool:
        return self.email is not None and self.delivery is DeliveryMode.EMAIL

    @property
    def takes_bundles(self) -> bool:
        return self.delivery is DeliveryMode.BUNDLE

    @property
    def takes_letters(self) -> bool:
        """We bring them: by email, or printed in a bundle."""
        return self.takes_email or self.takes_bundles
