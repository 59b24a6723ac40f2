from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import plain_column
from actions.extensions import Base, Id, Json

PUBLISHED = "published by the organisation itself"


class Organisation(Base):
    """One row: one installation serves one organisation."""

    __tablename__ = "organisation"

    id: Mapped[Id]
    name: Mapped[str] = plain_column(PUBLISHED)
    # language -> {"name", "about", "supervisory_authority"}, each of which may be missing
    wordings: Mapped[Json] = plain_column(PUBLISHED, default=dict)
    postal_lines: Mapped[list[str]] = plain_column(PUBLISHED)
    contact_email: Mapped[str] = plain_column(PUBLISHED)
    contact_url: Mapped[str | None] = plain_column(PUBLISHED)
    data_protection: Mapped[str] = plain_column(PUBLISHED)
    supervisory_authority: Mapped[str] = plain_column(PUBLISHED)
    donation_url: Mapped[str | None] = plain_column(PUBLISHED)
    # Each has a name and a url.
    networks: Mapped[list[dict[str, Any]]] = plain_column(PUBLISHED)
    # The digest of a picture, for the head of each page; "#rrggbb" for what one presses, checked by colours.py.
    logo: Mapped[str | None] = plain_column(PUBLISHED)
    logo_width: Mapped[int | None]
    logo_height: Mapped[int | None]
    colour: Mapped[str | None] = plain_column(PUBLISHED)
    default_language: Mapped[str] = plain_column("a language code")
    country: Mapped[str] = plain_column("a country code")
    demonstration: Mapped[bool] = mapped_column(default=False)


class Sender(Base):
    """Who a lane's mail comes from; each lane may have a subdomain of its own (B-07)."""

    __tablename__ = "senders"

    id: Mapped[Id]
    lane: Mapped[str] = plain_column("a lane's name", unique=True)
    name: Mapped[str] = plain_column(PUBLISHED)
    address: Mapped[str] = plain_column(PUBLISHED)
    # Where answers go; none for letters, whose answers go to their writers.
    reply_to: Mapped[str | None] = plain_column(PUBLISHED)
