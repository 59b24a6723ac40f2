"""The final ledger: one row per email and address, its states, and the transitions there are."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import EncryptedText, Sealed, plain_column, sealed_column
from actions.extensions import Base, Count, Id, Small


class Lane(StrEnum):
    """Own workers each, so that a million alerts never delay a confirmation."""

    NOW = "now"
    LETTERS = "letters"
    BULK = "bulk"


class DeliveryState(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    TRANSMITTING = "transmitting"
    DEFERRED = "deferred"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


S = DeliveryState
# What `workers/sending/ledger.py` may do, by compare-and-set on state and fence.
TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    S.QUEUED: frozenset({S.CLAIMED, S.CANCELLED, S.SUPPRESSED}),
    S.CLAIMED: frozenset({S.QUEUED, S.TRANSMITTING, S.SUPPRESSED, S.CANCELLED, S.FAILED}),
    S.TRANSMITTING: frozenset({S.QUEUED, S.SENT, S.DEFERRED, S.FAILED, S.UNKNOWN}),
    S.DEFERRED: frozenset({S.QUEUED, S.CANCELLED, S.SUPPRESSED, S.FAILED}),
    S.UNKNOWN: frozenset({S.QUEUED, S.SENT, S.FAILED}),
    S.SENT: frozenset(),
    # Only by a person who asks for it: deliveries/retrying.py.
    S.FAILED: frozenset({S.QUEUED}),
    S.SUPPRESSED: frozenset(),
    S.CANCELLED: frozenset(),
}
TERMINAL = frozenset({S.SENT, S.FAILED, S.SUPPRESSED, S.CANCELLED})


BLOCKS = {"pages_per_range": 32, "autosummarize": True}


class Delivery(Sealed):
    """One email to one address.

    It names exactly one of supporter, target and staff member, and the address is read when it is claimed. A mailing's
    delivery takes its words from the mailing; any other carries its values, sealed, until it has ended. `queued_at`
    stands for "now" in all that the message says, so that a retry makes the same bytes.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint("num_nonnulls(supporter_id, target_id, staff_id) = 1", name="names_one"),
        Index("ix_deliveries_due", "lane", "due_at", "id", postgresql_where="state = 'queued'"),
        Index("ix_deliveries_deferred", "due_at", postgresql_where="state = 'deferred'"),
        # Of targets alone: no row of a mailing stands in it.
        Index("ix_deliveries_put_off", "target_id", postgresql_where="state = 'deferred' AND target_id IS NOT NULL"),
        Index("ix_deliveries_unknown", "due_at", postgresql_where="state = 'unknown' AND ended_at IS NULL"),
        Index("ix_deliveries_leased", "lease_until", postgresql_where="state IN ('claimed', 'transmitting')"),
        # Each step of each email writes to every index, so there are few of them, and they leave out what they can.
        Index("uq_deliveries_supporter_mailing", "supporter_id", "mailing_id", unique=True),
        Index("ix_deliveries_about", "kind", "about_id", postgresql_where="about_id IS NOT NULL"),
        Index("ix_deliveries_open", "mailing_id", postgresql_where="ended_at IS NULL"),
        # A mailing's rows are written together, so their pages lie together.
        Index("ix_deliveries_mailing", "mailing_id", postgresql_using="brin", postgresql_with=BLOCKS),
    )

    id: Mapped[Id]
    lane: Mapped[Lane]
    # The name of an email in email_templates/catalogue.py.
    kind: Mapped[str] = plain_column("an email's name")
    state: Mapped[DeliveryState] = mapped_column(default=DeliveryState.QUEUED)
    language: Mapped[str] = plain_column("a language code")
    variant: Mapped[str] = plain_column("a mailing's variant", default="")
    # No foreign keys for these two: checking them took half of the time in which a mailing's rows are written. They are
    # written by one SELECT from those tables, whose rows are never deleted once they have deliveries.
    supporter_id: Mapped[int | None]
    target_id: Mapped[int | None] = mapped_column(ForeignKey("targets.id"))
    staff_id: Mapped[int | None]
    mailing_id: Mapped[int | None]
    # The confirmation, letter or signature that it is about, by kind.
    about_id: Mapped[int | None]
    values_sealed: Mapped[bytes | None] = sealed_column("to write this email", "until the email has ended")
    values = EncryptedText("values_sealed")

    queued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    give_up_at: Mapped[datetime]
    attempts: Mapped[Small] = mapped_column(default=0)
    # A claim: until when (PostgreSQL's clock) and which one. Each claim adds one to the fence.
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    # The key that Message-ID, return path and boundary derive from, set by the first claim.
    key_id: Mapped[bytes | None] = plain_column("which key, not the key")
    # SMTP's last word: a code such as 250, an enhanced one such as 4.2.2. Its text may name people and is not kept.
    reply_code: Mapped[Small | None]
    reply_status: Mapped[str | None] = plain_column("an enhanced status code")
    ended_at: Mapped[datetime | None]


class RelayTrouble(Base):
    """What is wrong with a relay, as the workers last saw it; one row each, kept when it is over."""

    __tablename__ = "relay_troubles"

    id: Mapped[Id]
    relay: Mapped[str] = plain_column("a host and a port of the operator's", unique=True)
    trouble: Mapped[str] = plain_column("one of relays.ADVICE")
    phase: Mapped[str] = plain_column("how far SMTP got")
    # As the relay said it of itself, addresses taken out.
    reason: Mapped[str] = plain_column("what a relay says of itself")
    since: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[Count] = mapped_column(default=1)
    over_at: Mapped[datetime | None]


class DeliveryEvent(Base):
    """What came back later: delivered, bounced, complained. The state stays sent."""

    __tablename__ = "delivery_events"

    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = plain_column("delivered, bounced or complained")
    status: Mapped[str | None] = plain_column("an enhanced status code")
    at: Mapped[datetime] = mapped_column(index=True)
