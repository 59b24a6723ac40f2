from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from actions.encryption import plain_column
from actions.extensions import Base, Id


class ConsentPurpose(StrEnum):
    """Each is apart: giving or leaving one leaves the others alone."""

    SIGN = "sign"
    WRITE = "write"
    DISCLOSE = "disclose"
    SHOW_NAME = "show_name"
    CASE_NEWS = "case_news"
    LIST = "list"
    MEASUREMENT = "measurement"


class ConsentEvent(StrEnum):
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class ConsentText(Base):
    """The sentence as shown. Immutable, known by its hash; an edit is a new row (C-31; a trigger holds it)."""

    __tablename__ = "consent_texts"
    __table_args__ = (UniqueConstraint("purpose", "language", "version"),)

    id: Mapped[Id]
    purpose: Mapped[ConsentPurpose]
    language: Mapped[str] = plain_column("a language code")
    version: Mapped[int]
    text: Mapped[str] = plain_column("the organisation's own words")
    sha256: Mapped[str] = plain_column("hash of the text", unique=True)
    created_at: Mapped[datetime]


class Consent(Base):
    """Who allowed what, under which wording, asked and confirmed when. Append-only (C-30; a trigger holds it)."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_standing", "supporter_id", "purpose", "page_id", "list_id", "id"),)

    id: Mapped[Id]
    supporter_id: Mapped[int] = mapped_column(ForeignKey("supporters.id"))
    event: Mapped[ConsentEvent]
    purpose: Mapped[ConsentPurpose]
    text_id: Mapped[int | None] = mapped_column(ForeignKey("consent_texts.id"))
    page_id: Mapped[int | None] = mapped_column(ForeignKey("pages.id"), index=True)
    list_id: Mapped[int | None] = mapped_column(ForeignKey("lists.id"))
    target_id: Mapped[int | None] = mapped_column(ForeignKey("targets.id"))
    # The form or link it came by, such as "sign", "join", "act link", "import: spring fair 2026".
    channel: Mapped[str] = plain_column("a form's or an import's name")
    requested_at: Mapped[datetime]
    confirmed_at: Mapped[datetime]
    # The confirmation whose mail proved the mailbox, where there was one.
    confirmation_id: Mapped[int | None] = mapped_column(ForeignKey("confirmations.id"))
