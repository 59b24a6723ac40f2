from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import plain_column
from actions.extensions import Base, Id, Json, JsonList

OURS = "the organisation's own words"


class PageState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    OPEN_WITH_UPDATE = "open_with_update"
    PAUSED = "paused"
    WON = "won"
    CLOSED = "closed"
    STOPPED = "stopped"


class Outcome(StrEnum):
    PARTIAL = "partial"
    WON = "won"
    STOPPED = "stopped"
    NO_NEWS = "no_news"


class PageKind(StrEnum):
    """What one can do on it: both, sign, or write."""

    URGENT_ACTION = "urgent_action"
    PETITION = "petition"
    LETTER = "letter"


TRANSITIONS: dict[PageState, frozenset[PageState]] = {
    PageState.DRAFT: frozenset({PageState.OPEN}),
    PageState.OPEN: frozenset(
        {PageState.OPEN_WITH_UPDATE, PageState.PAUSED, PageState.WON, PageState.CLOSED, PageState.STOPPED}
    ),
    PageState.OPEN_WITH_UPDATE: frozenset({PageState.PAUSED, PageState.WON, PageState.CLOSED, PageState.STOPPED}),
    PageState.PAUSED: frozenset({PageState.OPEN, PageState.OPEN_WITH_UPDATE}),
    PageState.WON: frozenset(),
    PageState.CLOSED: frozenset(),
    PageState.STOPPED: frozenset(),
}
STATE_AFTER: dict[Outcome, PageState] = {
    Outcome.PARTIAL: PageState.OPEN_WITH_UPDATE,
    Outcome.WON: PageState.WON,
    Outcome.STOPPED: PageState.STOPPED,
    Outcome.NO_NEWS: PageState.CLOSED,
}
ACTING = frozenset({PageState.OPEN, PageState.OPEN_WITH_UPDATE})


class Page(Base):
    __tablename__ = "pages"

    id: Mapped[Id]
    slug: Mapped[str] = plain_column(OURS, unique=True)
    number: Mapped[str | None] = plain_column(OURS)
    kind: Mapped[PageKind] = mapped_column(default=PageKind.URGENT_ACTION)
    state: Mapped[PageState] = mapped_column(default=PageState.DRAFT)
    # The words that stand now: a signature and a letter remember the version they stood under.
    version: Mapped[int] = mapped_column(default=1)
    default_language: Mapped[str] = plain_column("a language code")
    country: Mapped[str] = plain_column("a country code")
    goal: Mapped[int]
    action_until: Mapped[datetime | None]
    # Names are hidden unless the signer says otherwise, and a safety note is shown.
    flagged: Mapped[bool] = mapped_column(default=False)
    demonstration: Mapped[bool] = mapped_column(default=False)
    # In percent: a letter with fewer words of its writer's own comes back; 0 asks for nothing.
    least_own_share: Mapped[int] = mapped_column(default=0)
    lead_picture: Mapped[str | None] = plain_column("a picture's name")
    # {"article6", "article9"}: a page cannot open without both (C-33)
    legal_basis: Mapped[Json] = plain_column(OURS)
    retention_months: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    # A draft opens by itself at this moment if nothing is missing then.
    opens_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    # Kept by workers/counts.py; never counted while a page is shown (O-20).
    signature_count: Mapped[int] = mapped_column(default=0)
    letter_count: Mapped[int] = mapped_column(default=0)
    bundled_count: Mapped[int] = mapped_column(default=0)
    posted_count: Mapped[int] = mapped_column(default=0)
    self_sent_count: Mapped[int] = mapped_column(default=0)

    @property
    def all_letters(self) -> int:
        return self.letter_count + self.bundled_count + self.posted_count + self.self_sent_count

    @property
    def last_day(self) -> date | None:
        """On which one can act, in UTC: the page is over at `action_until`, often the midnight after it."""
        return None if self.action_until is None else (self.action_until - timedelta(microseconds=1)).date()


class PageWording(Base):
    """One version of a page's words in one language. Never changed: an edit makes the next version."""

    __tablename__ = "page_wordings"
    __table_args__ = (UniqueConstraint("page_id", "version", "language"),)

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    version: Mapped[int]
    language: Mapped[str] = plain_column("a language code")
    title: Mapped[str] = plain_column(OURS)
    summary: Mapped[str] = plain_column(OURS)
    blocks: Mapped[JsonList] = plain_column(OURS)
    # Keys: alt, caption, credit.
    lead: Mapped[Json] = plain_column(OURS)
    # Keys: statement, addressees.
    petition: Mapped[Json] = plain_column(OURS)
    # Keys: subject, body, points, sentences; subject_de and the like, see model_letters.py.
    letter: Mapped[Json] = plain_column(OURS)
    # Keys: who_asks, what_for, who_gets_it, which_state, how_long, how_to_withdraw.
    privacy: Mapped[Json] = plain_column(OURS)
    # Keys, each of which may be missing: safety, post, country_name, share, donation, notice.
    notes: Mapped[Json] = plain_column(OURS)
    created_at: Mapped[datetime]


class CountryNote(Base):
    """A country whose cases need care: a new page about it warns with `wordings`, language -> text, and hides names."""

    __tablename__ = "country_notes"

    id: Mapped[Id]
    country: Mapped[str] = plain_column("a country code", unique=True)
    wordings: Mapped[Json] = plain_column(OURS)


class TargetRule(StrEnum):
    """Whose letters a target of a page gets."""

    EVERYONE = "everyone"
    COUNTRIES = "countries"
    # The embassy in the writer's country, else the one that is accredited to it,
    EMBASSY = "embassy"
    # else this one, at home.
    HOME = "home"


class PageTarget(Base):
    """Whom letters from this page go to, in order."""

    __tablename__ = "page_targets"
    __table_args__ = (UniqueConstraint("page_id", "target_id"),)

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("targets.id"))
    position: Mapped[int] = mapped_column(default=0)
    rule: Mapped[TargetRule] = mapped_column(default=TargetRule.EVERYONE)
    # Whose writers' letters go there, under that rule.
    countries: Mapped[list[str]] = plain_column("country codes", default=list)


class PageUpdate(Base):
    """What came of it, dated; the newest stands as a banner above the page."""

    __tablename__ = "page_updates"

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"), index=True)
    outcome: Mapped[Outcome]
    dated: Mapped[datetime]
    # language -> {"headline", "blocks"}
    wordings: Mapped[Json] = plain_column(OURS)
    created_at: Mapped[datetime]


class PageCount(Base):
    """How many acts of a kind were counted, by country and hour: the journal behind a page's numbers."""

    __tablename__ = "page_counts"
    __table_args__ = (
        UniqueConstraint("page_id", "kind", "country", "hour"),
        Index("ix_page_counts_lately", "kind", "hour"),
    )

    id: Mapped[Id]
    page_id: Mapped[int] = mapped_column(ForeignKey("pages.id"))
    kind: Mapped[str] = plain_column("signature, letter, bundled, posted or self_sent")
    country: Mapped[str] = plain_column("a country code, or none")
    hour: Mapped[datetime]
    count: Mapped[int]


class MailingCount(Base):
    """How many acts were counted that came by the links of a mailing, by language, country and hour."""

    __tablename__ = "mailing_counts"
    __table_args__ = (UniqueConstraint("mailing_id", "language", "country", "hour"),)

    id: Mapped[Id]
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailings.id"))
    language: Mapped[str] = plain_column("a language code: the act's")
    country: Mapped[str] = plain_column("a country code, or none")
    hour: Mapped[datetime]
    count: Mapped[int]
