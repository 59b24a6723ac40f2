"""Pages as the desk lists them: where each stands, in which languages, and what it still lacks."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, select

from actions.drafts.queries import drafts_about
from actions.extensions import db
from actions.pages.models import Page, PageState, PageWording
from actions.pages.queries import is_past, wordings, wordings_of
from actions.pages.readiness import Finding
from actions.pages.words import PageDetails
from email_templates.language import LANGUAGES, Language

MOST = 500
# What a campaigner works on comes first.
ORDER = {PageState.DRAFT: 0, PageState.OPEN: 1, PageState.OPEN_WITH_UPDATE: 1, PageState.PAUSED: 1}


@dataclass(frozen=True)
class Row:
    page: Page
    title: str
    is_past: bool


@dataclass(frozen=True)
class LanguageRow:
    """`missing`: how many findings keep its words from being shown; `is_draft`: somebody is writing in it."""

    language: Language
    exists: bool
    missing: int
    is_draft: bool


def rows() -> list[Row]:
    """Drafts first, then what is open, then what is over; in each the newest first."""
    order = case({state.value: place for state, place in ORDER.items()}, value=Page.state, else_=2)
    pages = db.session.scalars(select(Page).order_by(order, Page.id.desc()).limit(MOST)).all()
    words = wordings_of(pages, "") if pages else {}
    return [Row(page, words[page.id].title or page.slug, is_past(page)) for page in pages]


def title_of(page: Page) -> str:
    """In the page's own language; its address where it has none yet."""
    words = wordings(page).get(page.default_language)
    return (words.title if words else "") or page.slug


def languages_of(page: Page, words: Mapping[str, PageWording], findings: Sequence[Finding]) -> list[LanguageRow]:
    """Every language of ours, the page's own first."""
    writing = {draft.part for draft in drafts_about(Page.__tablename__, page.id)}
    found = [
        LanguageRow(
            language=language,
            exists=code in words,
            missing=sum(finding.blocks and finding.language == code for finding in findings),
            is_draft=code in writing,
        )
        for code, language in LANGUAGES.items()
    ]
    return sorted(found, key=lambda row: row.language.code != page.default_language)


def details_stamp(page: Page) -> str:
    """Of the details as they stand: another stamp says that somebody changed them."""
    stand = {name: str(getattr(page, name)) for name in PageDetails.__dataclass_fields__}
    return hashlib.sha256(json.dumps(stand, sort_keys=True).encode()).hexdigest()[:16]
