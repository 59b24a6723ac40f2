from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import EncryptedText, Sealed, hashed_column, plain_column, sealed_column
from actions.extensions import Base, Id, Json, JsonList

UNTIL_ENDED = "until 28 days after the letter has ended"
TWO_YEARS = "two years after the bundle was handed over"


class LetterState(StrEnum):
    UNCONFIRMED = "unconfirmed"
    READY = "ready"
    RELEASED = "released"
    SENT = "sent"
    HELD = "held"
    UNKNOWN = "unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    EXPIRED = "expired"
    PRINTED = "printed"
    POSTED = "posted"
    # From their own mail program, as they say.
    SELF_SENT = "self_sent"


L = LetterState
TRANSITIONS: dict[LetterState, frozenset[LetterState]] = {
    L.UNCONFIRMED: frozenset({L.READY, L.HELD, L.REFUSED, L.EXPIRED, L.CANCELLED}),
    L.READY: frozenset({L.RELEASED, L.HELD, L.CANCELLED}),
    L.HELD: frozenset({L.READY, L.CANCELLED, L.EXPIRED}),
    # Ready again only out of a bundle: letters/bundling.py.
    L.RELEASED: frozenset({L.SENT, L.UNKNOWN, L.FAILED, L.CANCELLED, L.READY}),
    L.SENT: frozenset({L.FAILED}),
    # Ready again only by a person who decides so: letters/deciding.py.
    L.UNKNOWN: frozenset({L.SENT, L.FAILED, L.CANCELLED, L.READY}),
    L.PRINTED: frozenset({L.POSTED}),
    L.FAILED: frozenset(),
    L.CANCELLED: frozenset(),
    L.REFUSED: frozenset(),
    L.EXPIRED: frozenset(),
    L.POSTED: frozenset(),
    L.SELF_SENT: frozenset(),
}
STANDING = "state IN ('ready', 'released', 'sent', 'held', 'unknown')"


class NameShown(StrEnum):
    """How the target's office sees its writer (L-14)."""

    FULL = "full"
    INITIALS = "initials"
    ORGANISATION = "organisation"


class Letter(Sealed):
    """One person's letter to one target from one page.

    A letter that its writer posts or sends themselves knows page, target and country: no supporter, no name, no words.
    """

    __tablename__ = "letters"
    __table_args__ = (
        Index(
            "uq_letters_waiting",
            "page_id",
            "target_id",
            "supporter_id",
            "content_hash",
            unique=True,
            postgresql_where="state = 'unconfirmed'",
        ),
        Index("uq_letters_standing", "page_id", "target_id", "supporter_id", unique=True, postgresql_where=STANDING),
        Index("ix_letters_ready", "target_id", "release_at", postgresql_where="state = 'ready'"),
        # All that letters/counting.py adds up, so that it reads no letter.
        Index("ix_letters_by_target", "target_id", "state", "page_id", "bundled", "own_share"),
        Index("ix_letters_stuck", "state", "target_id", "page_id", postgresql_where="state IN ('held', 'unknown')"),
        Index("ix_letters_by_mailing", "mailing_id", postgresql_where="mailing_id IS NOT NULL"),
        Index("ix_letters_untold", "id", postgresql_where="untold"),
        Index("ix_letters_untallied", "page_id", postgresql_where="NOT tallied"),
        Index("ix_letters_by_bundle", "bundle_id", "id", postgresql_where="bundle_id IS NOT NULL"),
    )

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"))
    supporter_id: Mapped[int | None] = mapped_column(ForeignKey("supporters.id"), index=True)
    state: Mapped[LetterState] = mapped_column(default=LetterState.UNCONFIRMED)
    page_version: Mapped[int]
    language: Mapped[str] = plain_column("a language code: the letter's own")
    country: Mapped[str | None] = plain_column("a country code")
    first_name_sealed: Mapped[bytes | None] = sealed_column("to sign the letter", UNTIL_ENDED)
    first_name = EncryptedText("first_name_sealed")
    last_name_sealed: Mapped[bytes | None] = sealed_column("to sign the letter", UNTIL_ENDED)
    last_name = EncryptedText("last_name_sealed")
    name_shown: Mapped[NameShown] = mapped_column(default=NameShown.FULL)
    # JSON of subject, salutation, body and close, exactly as they go.
    words_sealed: Mapped[bytes | None] = sealed_column("to send your letter", UNTIL_ENDED)
    words = EncryptedText("words_sealed")
    # In percent, what of the words was in neither the model letter nor the sentences on offer.
    own_share: Mapped[int | None]
    ticked: Mapped[JsonList] = plain_column("ids of consent texts", default=list)
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailings.id"))
    content_hash: Mapped[bytes | None] = hashed_column("to hold that what you confirm is what goes", UNTIL_ENDED)
    # Of the link by which "I posted it" is said, or the button "I sent it".
    posting_hash: Mapped[bytes | None] = hashed_column(
        "to take your word, once, that you posted or sent it", "90 days", unique=True
    )
    tallied: Mapped[bool] = mapped_column(default=False)
    # It was stopped, and its writer has had no word of it yet.
    untold: Mapped[bool] = mapped_column(default=False)
    # It goes on paper, with others: counted apart from those by email.
    bundled: Mapped[bool] = mapped_column(default=False)
    bundle_id: Mapped[int | None] = mapped_column(ForeignKey("bundles.id"))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    # Not before this; the wait gives the owner of an act link time to undo.
    release_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class LetterEvent(Base):
    """The journal: every transition of every letter."""

    __tablename__ = "letter_events"
    __table_args__ = (
        # What of each writer went within the last day.
        Index("ix_letter_events_released", "at", postgresql_where="after = 'released'"),
        Index("ix_letter_events_sent", "at", postgresql_where="after = 'sent'"),
    )

    id: Mapped[Id]
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id", ondelete="CASCADE"), index=True)
    before: Mapped[LetterState | None]
    after: Mapped[LetterState]
    by: Mapped[str] = plain_column("an actor's role")
    reason: Mapped[str] = plain_column("one of our own words, never the writer's", default="")
    at: Mapped[datetime]


class LetterStop(Base):
    """While it is there, no letter of its page is released or sent; without a page none at all (L-12)."""

    __tablename__ = "letter_stops"
    __table_args__ = (UniqueConstraint("page_id", postgresql_nulls_not_distinct=True),)

    id: Mapped[Id]
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id"))
    at: Mapped[datetime]
    # NULL: by the command line.
    staff_id: Mapped[int | None]


class LetterCount(Base):
    """How many letters from a page to a target are in a state, as letters/counting.py last counted them."""

    __tablename__ = "letter_counts"
    __table_args__ = (UniqueConstraint("page_id", "target_id", "state", "bundled"),)

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"))
    state: Mapped[LetterState]
    bundled: Mapped[bool]
    number: Mapped[int]
    # How many of them were measured, and the sum of their shares.
    measured: Mapped[int] = mapped_column(default=0)
    own_shares: Mapped[int] = mapped_column(default=0)
    counted_at: Mapped[datetime]
    # The newest row of the journal at that moment.
    event_id: Mapped[int]


class BundleState(StrEnum):
    MAKING = "making"
    MADE = "made"
    HANDED_OVER = "handed_over"
    VOID = "void"


class Bundle(Sealed):
    """Letters from one page to one target, printed together and handed over by a person (L-10).

    `after_id` is the resume point of the making: it grows in the transaction that keeps those letters' part. When one
    of its writers goes, its file goes at once and is made anew, one `version` on. `told_after_id` is that of telling
    its writers.
    """

    __tablename__ = "bundles"
    __table_args__ = (Index("ix_bundles_by_page", "page_id", "target_id"),)

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"))
    staff_id: Mapped[int | None]
    state: Mapped[BundleState] = mapped_column(default=BundleState.MAKING)
    version: Mapped[int] = mapped_column(default=1)
    # Letters in it; None until a worker has taken them.
    number: Mapped[int | None]
    done: Mapped[int] = mapped_column(default=0)
    after_id: Mapped[int] = mapped_column(default=0)
    parts: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    # Letters in a script that no font here can print; they stayed ready.
    left_out: Mapped[int] = mapped_column(default=0)
    # SHA-256 of the PDF, in hexadecimal, and its octets; none until it is made.
    digest: Mapped[str | None] = plain_column("a digest of many letters")
    size: Mapped[int | None]
    created_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    # While there is something of it to be read.
    has_file: Mapped[bool] = mapped_column(default=True)
    handed_over_on: Mapped[datetime | None]
    place: Mapped[str | None] = plain_column("an office or a town, in our own words")
    # How many of its writers were mailed that it was, and the last letter whose writer was; none when all were.
    told: Mapped[int] = mapped_column(default=0)
    told_after_id: Mapped[int | None]
    handed_by_sealed: Mapped[bytes | None] = sealed_column("to know who handed letters over", TWO_YEARS)
    handed_by = EncryptedText("handed_by_sealed")
    # A JPEG in base 64.
    receipt_sealed: Mapped[bytes | None] = sealed_column("to show that letters were handed over", TWO_YEARS)
    receipt = EncryptedText("receipt_sealed")


class BundlePart(Sealed):
    """Some octets of the PDF, which is all parts one after the other."""

    __tablename__ = "bundle_parts"
    __table_args__ = (UniqueConstraint("bundle_id", "number"),)

    id: Mapped[Id]
    bundle_id: Mapped[int] = mapped_column(ForeignKey("bundles.id"))
    number: Mapped[int]
    # What letters/joining.py has to know of it, and on which page each letter begins.
    layout: Mapped[Json] = plain_column("numbers and octets of a PDF's frame")
    # Eight octets a number: where its objects are.
    offsets: Mapped[bytes] = plain_column("numbers")
    # Base 64.
    content_sealed: Mapped[bytes] = sealed_column("to print your letter", UNTIL_ENDED)
    content = EncryptedText("content_sealed")
