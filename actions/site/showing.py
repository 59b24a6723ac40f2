"""What an action page shows, put together from the rooms that own its parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from actions.config import settings
from actions.media.queries import names_in, pictures_named
from actions.pages.models import Page, PageUpdate, PageWording
from actions.pages.queries import (
    is_past,
    open_pages,
    takes_acts,
    targets_of,
    update_language,
    update_words,
    updates_of,
    wordings,
    wordings_of,
)
from actions.targets.models import Target
from actions.targets.queries import name_in
from email_templates.block_rendering import render_blocks
from email_templates.content import Block, Picture
from email_templates.language import LANGUAGES, Language

MOST_NEXT_PAGES = 3
# Where a block's button "act" leads on the page itself.
ACT_LINKS = {"act": "#sign"}


@dataclass(frozen=True)
class ShownUpdate:
    anchor: str
    dated: datetime
    outcome: str
    headline: str
    # None where it is told in the page's own language.
    language: Language | None
    html: str


@dataclass(frozen=True)
class PageCard:
    """One page among others, as a card."""

    url: str
    title: str
    summary: str
    picture: Picture | None
    alt: str
    count: int
    has_ended: bool
    # None where its words are in the reader's language.
    language: Language | None


@dataclass(frozen=True)
class ShownPage:
    page: Page
    wording: PageWording
    languages: Sequence[str]
    takes_acts: bool
    is_past: bool
    lead: Picture | None
    story: str
    questions: str
    updates: Sequence[ShownUpdate]
    targets: Sequence[Target]
    next_pages: Sequence[PageCard]
    url: str

    @property
    def lead_words(self) -> Mapping[str, str]:
        return words_of_lead(self.wording, self.lead)

    @property
    def target_name(self) -> str:
        """Of the one target there is; empty where a writer chooses among several."""
        return name_in(self.targets[0], self.wording.language) if len(self.targets) == 1 else ""

    @property
    def social_picture(self) -> str:
        """A whole address, as JPEG: some readers of Open Graph know nothing else."""
        return f"{settings().base_url}{self.lead.url.removesuffix('.webp')}.jpg" if self.lead else ""


def show_page(
    page: Page, language: str, words: dict[str, PageWording] | None = None, *, as_open: bool = False
) -> ShownPage:
    """The page in `language`, else in its own; a constant number of queries. `as_open`: as it will be once it is."""
    in_language = words or wordings(page)
    wording = in_language.get(language) or in_language[page.default_language]
    updates = updates_of(page)
    pictures = pictures_named([page.lead_picture, *_picture_names(wording, updates, page)])
    story, questions = _apart(wording.blocks)
    return ShownPage(
        page=page,
        wording=wording,
        languages=list(in_language),
        takes_acts=as_open or takes_acts(page),
        is_past=is_past(page),
        lead=pictures.get(page.lead_picture or ""),
        story=_drawn(story, wording.language, pictures),
        questions=_drawn(questions, wording.language, pictures),
        updates=[_shown(update, page, wording.language, pictures) for update in updates],
        targets=targets_of(page),
        next_pages=cards([one for one in open_pages() if one.id != page.id][:MOST_NEXT_PAGES], language),
        url=f"{settings().base_url}/a/{page.slug}",
    )


def cards(pages: Sequence[Page], language: str) -> list[PageCard]:
    """Two queries for any number of pages."""
    if not pages:
        return []
    words = wordings_of(pages, language)
    pictures = pictures_named(page.lead_picture for page in pages)
    return [_card(page, words[page.id], language, pictures.get(page.lead_picture or "")) for page in pages]


def _card(page: Page, words: PageWording, language: str, picture: Picture | None) -> PageCard:
    return PageCard(
        url=f"/a/{page.slug}?lang={words.language}",
        title=words.title,
        summary=words.summary,
        picture=picture,
        alt=words_of_lead(words, picture)["alt"],
        count=page.signature_count,
        has_ended=not takes_acts(page),
        language=None if words.language == language else LANGUAGES[words.language],
    )


def words_of_lead(words: PageWording, picture: Picture | None) -> dict[str, str]:
    """What a page says of its lead picture; where it says nothing, what the picture says of itself."""
    own = {"alt": picture.alt, "caption": "", "credit": picture.credit} if picture else {}
    return {name: words.lead.get(name) or own.get(name, "") for name in ("alt", "caption", "credit")}


def _apart(blocks: Sequence[dict[str, Any]]) -> tuple[list[Block], list[Block]]:
    """The story, and the questions to the reader, which stand after the acts; a divider before them goes."""
    story: list[Block] = [block for block in blocks if block["type"] != "question"]
    while story and story[-1]["type"] == "divider":
        story.pop()
    return story, [block for block in blocks if block["type"] == "question"]


def _picture_names(wording: PageWording, updates: Sequence[PageUpdate], page: Page) -> list[str]:
    names = names_in(wording.blocks)
    for update in updates:
        names += names_in(_told(update, wording.language, page)[1])
    return names


def _told(update: PageUpdate, language: str, page: Page) -> tuple[str, list[dict[str, Any]]]:
    told: dict[str, Any] = update_words(update, language, page.default_language)
    return str(told["headline"]), list(told["blocks"])


def _shown(update: PageUpdate, page: Page, language: str, pictures: dict[str, Picture]) -> ShownUpdate:
    headline, blocks = _told(update, language, page)
    told_in = update_language(update, language, page.default_language)
    return ShownUpdate(
        anchor=f"update-{update.id}",
        dated=update.dated,
        outcome=update.outcome.value,
        headline=headline,
        language=None if told_in == language else LANGUAGES[told_in],
        html=_drawn(blocks, told_in, pictures),
    )


def _drawn(blocks: Sequence[Block], language: str, pictures: dict[str, Picture]) -> str:
    """A picture that is not there is left out: the rest of the page still has to be read."""
    shown = [block for block in blocks if block["type"] != "picture" or block["media"] in pictures]
    drawn = render_blocks(shown, "page", language, pictures=pictures, links=ACT_LINKS)
    return Markup(drawn)  # noqa: S704  # render_blocks draws autoescaped templates from sanitised blocks
