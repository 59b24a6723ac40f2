from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import EncryptedText, Sealed, hashed_column, plain_column, sealed_column
from actions.extensions import Base, Id, Json, JsonList

UNTIL_DELIVERED = "until six months after the petition was handed over or closed"


class SignatureState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    COUNTED = "counted"
    WITHDRAWN = "withdrawn"
    INVALIDATED = "invalidated"
    REFUSED = "refused"
    EXPIRED = "expired"


class CommentVerdict(StrEnum):
    """Whether a signer's words go to whoever gets the petition; None while nobody has read them."""

    KEPT = "kept"
    LEFT_OUT = "left_out"


class ShowName(StrEnum):
    HIDDEN = "hidden"
    INITIALS = "initials"
    FULL = "full"


TRANSITIONS: dict[SignatureState, frozenset[SignatureState]] = {
    SignatureState.UNCONFIRMED: frozenset({SignatureState.COUNTED, SignatureState.REFUSED, SignatureState.EXPIRED}),
    SignatureState.COUNTED: frozenset({SignatureState.WITHDRAWN, SignatureState.INVALIDATED}),
    SignatureState.INVALIDATED: frozenset({SignatureState.COUNTED, SignatureState.WITHDRAWN}),
    SignatureState.WITHDRAWN: frozenset(),
    SignatureState.REFUSED: frozenset(),
    SignatureState.EXPIRED: frozenset(),
}


class Signature(Sealed):
    """Several versions of one may wait at once (a stranger can type any address); one per person and page counts."""

    __tablename__ = "signatures"
    __table_args__ = (
        Index(
            "uq_signatures_waiting",
            "page_id",
            "supporter_id",
            "content_hash",
            unique=True,
            postgresql_where="state = 'unconfirmed'",
        ),
        Index(
            "uq_signatures_standing",
            "page_id",
            "supporter_id",
            unique=True,
            postgresql_where="state IN ('counted', 'invalidated')",
        ),
        Index(
            "ix_signatures_comments",
            "page_id",
            "comment_verdict",
            "id",
            postgresql_where="comment_sealed IS NOT NULL",
        ),
        # Nearly nobody is taken out, and each signature would pay for an entry.
        Index("ix_signatures_invalidation_id", "invalidation_id", postgresql_where="invalidation_id IS NOT NULL"),
        Index("ix_signatures_by_mailing", "mailing_id", postgresql_where="mailing_id IS NOT NULL"),
        Index("ix_signatures_untallied", "page_id", postgresql_where="state = 'counted' AND NOT tallied"),
    )

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    # None once the petition is over and its signers were made anonymous.
    supporter_id: Mapped[int | None] = mapped_column(ForeignKey("supporters.id"), index=True)
    state: Mapped[SignatureState] = mapped_column(default=SignatureState.UNCONFIRMED)
    # The version of the page's words it stood under.
    page_version: Mapped[int]
    language: Mapped[str] = plain_column("a language code")
    country: Mapped[str | None] = plain_column("a country code")
    first_name_sealed: Mapped[bytes | None] = sealed_column("to hand over with the petition", UNTIL_DELIVERED)
    first_name = EncryptedText("first_name_sealed")
    last_name_sealed: Mapped[bytes | None] = sealed_column("to hand over with the petition", UNTIL_DELIVERED)
    last_name = EncryptedText("last_name_sealed")
    show_name: Mapped[ShowName] = mapped_column(default=ShowName.HIDDEN)
    comment_sealed: Mapped[bytes | None] = sealed_column("to hand over with the petition", UNTIL_DELIVERED)
    comment = EncryptedText("comment_sealed")
    comment_verdict: Mapped[CommentVerdict | None]
    # The rule by which it was taken out of the count.
    invalidation_id: Mapped[int | None] = mapped_column(ForeignKey("invalidations.id"))
    ticked: Mapped[JsonList] = plain_column("ids of consent texts")
    # The mailing whose link it came by.
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailings.id"))
    content_hash: Mapped[bytes] = hashed_column("to hold that what you confirm is what you saw", UNTIL_DELIVERED)
    tallied: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class Invalidation(Sealed):
    """Signatures of a page that were taken out of the count by one rule; putting them back is `undone_at`."""

    __tablename__ = "invalidations"

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"), index=True)
    staff_id: Mapped[int | None]
    # JSON of invalidating.Rule: a pattern may be a name.
    rule_sealed: Mapped[bytes | None] = sealed_column("to undo what was taken out by mistake", UNTIL_DELIVERED)
    rule = EncryptedText("rule_sealed")
    number: Mapped[int]
    created_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Handover(Base):
    """A petition sealed to be handed over: a digest of its list and the numbers, never the list.

    What the list says is read from the signatures each time, so that whoever is erased is in no copy. When one of
    them changes, the digest no longer fits: the handover is `stale`, and is sealed anew.
    """

    __tablename__ = "handovers"

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"), index=True)
    staff_id: Mapped[int | None]
    # Who came to count later is in the next one.
    frozen_at: Mapped[datetime]
    # SHA-256 of the list as CSV, in hexadecimal; none until it is sealed.
    digest: Mapped[str | None] = plain_column("a digest of thousands of rows")
    # {"total", "full", "initials", "hidden", "comments", "listed"}: numbers; "volumes": of each
    # part of the PDF, the id of its first signature
    contents: Mapped[Json] = plain_column("numbers", default=dict)
    stale: Mapped[bool] = mapped_column(default=False)
    ready_at: Mapped[datetime | None]
    handed_over_on: Mapped[datetime | None]
    handed_to: Mapped[str | None] = plain_column("an office or a place, in our own words")
