from datetime import datetime
from enum import StrEnum

from sqlalchemy import Double, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import plain_column
from actions.extensions import Base, Id, Json, JsonList

OURS = "the organisation's own words"


class MailingKind(StrEnum):
    """The email of email_templates/catalogue.py that it goes out as."""

    ALERT = "alert"
    UPDATE = "update"
    NEWSLETTER = "newsletter"


class MailingState(StrEnum):
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PREPARING = "preparing"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


M = MailingState
TRANSITIONS: dict[MailingState, frozenset[MailingState]] = {
    M.DRAFT: frozenset({M.SCHEDULED, M.PREPARING, M.CANCELLED}),
    M.SCHEDULED: frozenset({M.DRAFT, M.PREPARING, M.CANCELLED}),
    M.PREPARING: frozenset({M.SENDING, M.PAUSED, M.CANCELLED}),
    M.SENDING: frozenset({M.SENT, M.PAUSED, M.CANCELLED}),
    M.PAUSED: frozenset({M.SENDING, M.CANCELLED}),
    # Only to try again what failed.
    M.SENT: frozenset({M.SENDING}),
    M.CANCELLED: frozenset(),
}


class Held(StrEnum):
    """Why the engine itself paused a mailing."""

    RELAY_REFUSES = "relay_refuses"
    RESTORED = "restored"


class Mailing(Base):
    """One newsletter, alert or update to one audience. After the launch its words cannot change (O-14)."""

    __tablename__ = "mailings"

    id: Mapped[Id]
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[MailingKind]
    state: Mapped[MailingState] = mapped_column(default=MailingState.DRAFT)
    # The same send twice is one mailing (O-17).
    key: Mapped[str] = plain_column("a campaigner's or a command's key", unique=True)
    list_id: Mapped[int | None] = mapped_column(ForeignKey("lists.id"))
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id"), index=True)
    update_id: Mapped[int | None] = mapped_column(ForeignKey("page_updates.id"))
    # The segment's rule; frozen with the rest at launch.
    rule: Mapped[Json] = plain_column("a rule over supporters in general")
    discreet: Mapped[bool] = mapped_column(default=False)
    # Of a draft, by mailings/reach.py: how many it would go to, when that was counted and how long it took.
    reach: Mapped[Json | None] = plain_column("numbers of a mailing that is being written")
    # Frozen at launch: how many rows it made.
    audience: Mapped[int | None]
    # Of a mailing that is over, by mailings/summing.py: its rows need not be read again, and are forgotten in time.
    summary: Mapped[Json | None] = plain_column("numbers of a mailing that is over")
    # None: nobody paused it, or a person did.
    held_because: Mapped[Held | None]
    created_at: Mapped[datetime]
    # When it has been told to start by itself.
    launch_at: Mapped[datetime | None]
    # The member who told it so.
    scheduled_by: Mapped[int | None]
    # To how many a second member has said yes when it was scheduled.
    agreed_to: Mapped[int | None]
    # When somebody last sent a test of it to themselves.
    tested_at: Mapped[datetime | None]
    launched_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class MailingTally(Base):
    """What a large mailing under way added up to when it was last counted; the rows are the truth."""

    __tablename__ = "mailing_tallies"

    id: Mapped[Id]
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailings.id"), unique=True)
    counted_at: Mapped[datetime]
    # How long counting took: the next waits for a multiple of it.
    seconds: Mapped[float] = mapped_column(Double)
    numbers: Mapped[Json] = plain_column("numbers of a mailing that is under way")


class MailingText(Base):
    """What is sent in one language: as written, and as rendered at launch with sentinels for the personal values."""

    __tablename__ = "mailing_texts"
    __table_args__ = (UniqueConstraint("mailing_id", "language"),)

    id: Mapped[Id]
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailings.id"))
    # Grows with each change, so that of two people who write at once the second is told.
    version: Mapped[int] = mapped_column(default=1)
    language: Mapped[str] = plain_column("a language code")
    subject: Mapped[str] = plain_column(OURS)
    preheader: Mapped[str] = plain_column(OURS)
    blocks: Mapped[JsonList] = plain_column(OURS)
    rendered_subject: Mapped[str | None] = plain_column(OURS)
    rendered_text: Mapped[str | None] = plain_column(OURS)
    rendered_html: Mapped[str | None] = plain_column(OURS)


class MailingDesign(Base):
    """A mailing's words under a name, to begin others with. One that was deleted can be brought back for a while."""

    __tablename__ = "mailing_designs"
    __table_args__ = (Index("uq_mailing_designs_name", "name", unique=True, postgresql_where="dropped_at IS NULL"),)

    id: Mapped[Id]
    name: Mapped[str] = plain_column("a campaigner's name for a design")
    kind: Mapped[MailingKind]
    # {"language", "subject", "preheader", "blocks"} each, in the order in which they were written.
    words: Mapped[JsonList] = plain_column(OURS)
    made_at: Mapped[datetime]
    dropped_at: Mapped[datetime | None]
