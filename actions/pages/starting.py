"""A page begins as an urgent action, a petition, a letter, or a copy of another page: never with nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from actions import slugs
from actions.actors import Actor
from actions.organisation.queries import the_organisation, words_in
from actions.pages.country_notes import note_on
from actions.pages.models import Page, PageKind, PageState
from actions.pages.operations import draft_page, revise_wordings, set_targets
from actions.pages.queries import chosen_of, page_by_slug, standing_words
from actions.pages.reaching import Chosen, asks_country
from actions.pages.words import PageDetails, PageWords
from actions.targets.models import Target
from actions.targets.queries import name_in, state_in
from email_templates.language import country_name

STARTERS = Path(__file__).with_name("starters.yaml")
LONGEST_SLUG = 60
GOAL = 1000
RETENTION_MONTHS = 6
LEGAL_BASIS = {"article6": "6(1)(a)", "article9": "9(2)(a)"}


@dataclass(frozen=True, kw_only=True)
class Start:
    """The least that one must say to begin. `country` is the state that the case is about."""

    kind: PageKind
    title: str
    country: str
    language: str


def start_page(start: Start, *, by: Actor) -> Page:
    """A draft with the headings, notes and privacy wording that every such page needs, to be written on."""
    details = PageDetails(
        slug=free_slug(start.title),
        country=start.country,
        goal=GOAL,
        legal_basis=LEGAL_BASIS,
        retention_months=RETENTION_MONTHS,
        default_language=start.language,
        kind=start.kind,
        flagged=bool(note_on(start.country)),
    )
    return draft_page(details, {start.language: first_words(start.kind, start, start.language)}, [], by=by)


def first_words(kind: PageKind, start: Start, language: str) -> PageWords:
    """With everything filled in that is known already; a language without a starter begins with the title alone."""
    known = _known(start.country, language)
    starter = _starters().get(language, {})
    privacy: dict[str, str] = dict(starter.get("privacy", {}))
    parts = {PageKind.PETITION: ("sign",), PageKind.LETTER: ("write",)}.get(kind, ("sign", "write"))
    gets = " ".join(privacy.pop(part) for part in ("sign", "write") if part in privacy and part in parts)
    for part in ("sign", "write"):
        privacy.pop(part, None)
    notes = {name: starter[name] for name in ("safety", "post") if starter.get(name)}
    notes["safety"] = note_on(start.country).get(language) or notes.get("safety", "")
    if kind is PageKind.PETITION:
        notes.pop("post", None)
    return PageWords(
        title=start.title,
        summary="",
        blocks=_headings(starter.get("headings", {}), kind),
        lead={},
        petition={"statement": "", "addressees": []},
        letter={"subject": "", "body": "", "points": []},
        privacy={name: _filled(text, known) for name, text in (privacy | {"who_gets_it": gets}).items() if text},
        notes={name: _filled(text, known) for name, text in notes.items()},
    )


def begin_language(page: Page, language: str) -> PageWords:
    """What a translation begins with: the starter's own words, and from the page what needs no translation."""
    source = standing_words(page)[page.default_language]
    start = Start(kind=page.kind, title="", country=page.country, language=language)
    begun = _with_targets(first_words(page.kind, start, language), chosen_of(page), language)
    return replace(begun, blocks=[], lead={name: source.lead[name] for name in ("credit",) if name in source.lead})


def copy_page(page: Page, title: str, *, by: Actor) -> Page:
    """Its words in every language, its picture and its targets, as a draft; not its updates, counts and dates."""
    kept = {name: getattr(page, name) for name in PageDetails.__dataclass_fields__}
    details = PageDetails(**(kept | {"slug": free_slug(title), "number": None, "action_until": None}))
    words = standing_words(page)
    words[page.default_language] = replace(words[page.default_language], title=title)
    return draft_page(details, words, chosen_of(page), by=by)


def choose_targets(page: Page, chosen: Sequence[Target | Chosen], *, by: Actor) -> None:
    """Whom letters go to; on a draft, the gaps that its starter left for them are filled in."""
    set_targets(page, chosen, by=by)
    now = chosen_of(page)
    if page.state is PageState.DRAFT and now:
        filled = {language: _with_targets(words, now, language) for language, words in standing_words(page).items()}
        revise_wordings(page, filled, by=by)


def free_slug(title: str) -> str:
    """Of a title, in the letters that an address may have, and not taken yet."""
    return slugs.free_slug(
        title, longest=LONGEST_SLUG, otherwise="page", is_taken=lambda slug: page_by_slug(slug) is not None
    )


@cache
def _starters() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(STARTERS.read_text(encoding="utf-8"))
    return read


def _known(country: str, language: str) -> dict[str, str]:
    organisation = the_organisation()
    name = words_in(organisation, language).get("name", organisation.name)
    lines = [line for line in organisation.postal_lines if line != organisation.name]
    known = {
        "organisation": name,
        "imprint": ", ".join([name, *lines]),
        "contact": organisation.data_protection,
        "home": country_name(organisation.country, language),
        "months": str(RETENTION_MONTHS),
    }
    return known | ({"state": country_name(country, language)} if country else {})


def _with_targets(words: PageWords, chosen: Sequence[Chosen], language: str) -> PageWords:
    """Where it depends on a writer's country who gets a letter, each reader of the privacy wording has their own."""
    if not chosen:
        return words
    targets = [one.target for one in chosen]
    known = {
        "target": ", ".join(name_in(target, language) for target in targets),
        "state": ", ".join(dict.fromkeys(state_in(target, language) for target in targets)),
    }
    return replace(
        words,
        privacy=words.privacy
        if asks_country(chosen)
        else {name: _filled(text, known) for name, text in words.privacy.items()},
        notes={name: _filled(text, known) for name, text in words.notes.items()},
        petition=words.petition | {"addressees": words.petition.get("addressees") or known["target"].split(", ")},
    )


def _filled(text: str, known: Mapping[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _headings(headings: Mapping[str, str], kind: PageKind) -> list[dict[str, Any]]:
    wanted = ("happened", "ask") if kind is PageKind.PETITION else ("happened", "why", "ask")
    return [{"type": "heading", "level": 2, "text": headings[name]} for name in wanted if name in headings]
