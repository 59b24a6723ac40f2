"""An action page as a YAML file: how a campaigner without the desk, and the demonstration, bring one in."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from actions import clock
from actions.actors import Actor
from actions.pages.models import Outcome, Page, PageKind, TargetRule
from actions.pages.operations import (
    PageNotReady,
    add_update,
    change_details,
    draft_page,
    revise_wordings,
    set_targets,
)
from actions.pages.queries import page_by_slug, updates_of
from actions.pages.reaching import Chosen
from actions.pages.words import PageDetails, PageWords
from actions.targets.queries import with_slugs


class _Part(BaseModel):
    """A field that we do not know is a slip of the pen, so it is refused."""

    model_config = ConfigDict(extra="forbid")


class _Picture(_Part):
    media: str
    width: int = 0
    height: int = 0


class _Words(_Part):
    title: str
    summary: str
    notice: str = ""
    lead_alt: str
    lead_caption: str = ""
    lead_credit: str
    blocks: list[dict[str, Any]]
    petition: dict[str, Any]
    letter: dict[str, Any]
    safety_note: str = ""
    post_note: str = ""
    privacy: dict[str, str]
    share_text: str = ""
    donation_text: str = ""

    def words(self, country_name: str) -> PageWords:
        notes = {
            "notice": self.notice,
            "safety": self.safety_note,
            "post": self.post_note,
            "share": self.share_text,
            "donation": self.donation_text,
            "country_name": country_name,
        }
        return PageWords(
            title=self.title,
            summary=self.summary,
            blocks=self.blocks,
            lead={"alt": self.lead_alt, "caption": self.lead_caption, "credit": self.lead_credit},
            petition=self.petition,
            letter=self.letter,
            privacy=self.privacy,
            notes={key: note for key, note in notes.items() if note},
        )


class _Update(_Part):
    date: date
    outcome: Outcome
    wordings: dict[str, dict[str, Any]]


class _Rule(_Part):
    """A target that not everyone writes to; `countries` are codes."""

    target: str
    rule: TargetRule
    countries: list[str] = []


class PageFile(_Part):
    """What stands in the file; see actions/demo/pages for whole ones."""

    slug: str
    number: str | None = None
    kind: PageKind = PageKind.URGENT_ACTION
    # For whoever reads the file; a page opens by `pages open`, and its updates lead on from there.
    state: str = "open"
    country: str
    country_name: dict[str, str] = {}
    goal: int
    action_until: datetime | None = None
    action_until_days: int | None = None
    demonstration: bool = False
    flagged_country: bool = False
    least_own_share: int = Field(default=0, ge=0, le=90)
    lead_picture: _Picture
    targets: list[str | _Rule]
    legal_basis: dict[str, str]
    retention_months: int
    position: int = 0
    default_language: str = "en"
    wordings: dict[str, _Words]
    updates: list[_Update] = []

    def details(self, known: Page | None) -> PageDetails:
        """`action_until_days` counts from the first time it is loaded."""
        return PageDetails(
            slug=self.slug,
            number=self.number,
            kind=self.kind,
            country=self.country,
            goal=self.goal,
            action_until=self._until(known),
            flagged=self.flagged_country,
            demonstration=self.demonstration,
            least_own_share=self.least_own_share,
            lead_picture=self.lead_picture.media,
            legal_basis=self.legal_basis,
            retention_months=self.retention_months,
            position=self.position,
            default_language=self.default_language,
        )

    def words(self) -> dict[str, PageWords]:
        return {code: words.words(self.country_name.get(code, "")) for code, words in self.wordings.items()}

    def _until(self, known: Page | None) -> datetime | None:
        if self.action_until is not None:
            return self.action_until if self.action_until.tzinfo else self.action_until.replace(tzinfo=UTC)
        if self.action_until_days is None:
            return None
        if known is not None and known.action_until is not None:
            return known.action_until
        return clock.now() + timedelta(days=self.action_until_days)


def load_page(file: Mapping[str, Any], *, by: Actor) -> Page:
    """The page of that slug as the file has it, new or changed; other words are its next version.

    Raises pydantic's ValidationError for a file of another shape, and PageNotReady.
    """
    read = PageFile.model_validate(file)
    page = page_by_slug(read.slug)
    if page is None:
        return draft_page(read.details(None), read.words(), _targets(read), by=by)
    change_details(page, read.details(page), by=by)
    set_targets(page, _targets(read), by=by)
    revise_wordings(page, read.words(), by=by)
    return page


def load_updates(page: Page, file: Mapping[str, Any], *, by: Actor) -> None:
    """Those of the file that the page does not have yet, known by their day."""
    known = {update.dated.date() for update in updates_of(page)}
    for update in sorted(PageFile.model_validate(file).updates, key=lambda update: update.date):
        if update.date not in known:
            dated = datetime.combine(update.date, time(12), tzinfo=UTC)
            add_update(page, update.outcome, update.wordings, dated=dated, by=by)


def _targets(read: PageFile) -> list[Chosen]:
    rules = [_Rule(target=one, rule=TargetRule.EVERYONE) if isinstance(one, str) else one for one in read.targets]
    try:
        targets = with_slugs(one.target for one in rules)
    except KeyError as error:
        raise PageNotReady([f"there is no target {error}"]) from error
    return [Chosen(target, one.rule, tuple(one.countries)) for target, one in zip(targets, rules, strict=True)]
