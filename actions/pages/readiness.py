"""What keeps a page from being opened, and what to look at first, in sentences for the campaigner (C-33, C-35)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from actions.media.models import Picture
from actions.media.queries import names_in, stored_named
from actions.organisation.queries import NoOrganisation, the_organisation
from actions.pages.model_letters import ONLY_LETTERS
from actions.pages.models import Page, PageKind, PageWording, TargetRule
from actions.pages.privacy import FILLED
from actions.pages.queries import chosen_of
from actions.pages.reaching import EMBASSIES, outcomes
from actions.targets.models import Target
from actions.targets.queries import letter_language
from email_templates.block_checking import check_blocks
from email_templates.language import LANGUAGES, LETTER_LANGUAGES, SOURCE_LANGUAGE, countries, country_name

PRIVACY = ("who_asks", "what_for", "who_gets_it", "which_state", "how_long", "how_to_withdraw")
LONGEST_SUBJECT = 120
LONGEST_TITLE = 90
# What a starter leaves open until a target is chosen.
GAPS = ("{target}", "{state}")
# A lead picture is shown as wide as the text, on screens with two pixels to a point.
NARROWEST_LEAD = 1000


class Part(StrEnum):
    """Where a finding is put right."""

    ORGANISATION = "organisation"
    DETAILS = "details"
    TARGETS = "targets"
    WORDS = "words"


@dataclass(frozen=True)
class Finding:
    """`sentence` begins small, to stand after a colon; without `blocks` it is a warning."""

    sentence: str
    part: Part
    language: str | None = None
    blocks: bool = True

    def __str__(self) -> str:
        return self.sentence if self.language is None else f"in {self.language}: {self.sentence}"


def problems_of(page: Page, wordings: Mapping[str, PageWording], targets: Sequence[Target]) -> list[str]:
    """One sentence each; empty for a page that may be opened."""
    return [str(finding) for finding in checklist(page, wordings, targets) if finding.blocks]


def checklist(page: Page, wordings: Mapping[str, PageWording], targets: Sequence[Target]) -> list[Finding]:
    """Everything that blocks, then everything that only warns."""
    lead = stored_named({page.lead_picture} if page.lead_picture else ()).get(page.lead_picture or "")
    found = [
        *_of_organisation(),
        *_of_page(page),
        *_of_targets(page, targets, wordings),
        *_of_languages(page, wordings),
        *(finding for words in wordings.values() for finding in _of_words(page, words, lead)),
        *_of_letters(page, wordings, targets),
        *_of_pictures(page, wordings.values(), lead),
    ]
    return sorted(found, key=lambda finding: not finding.blocks)


def _of_organisation() -> Iterator[Finding]:
    try:
        organisation = the_organisation()
    except NoOrganisation:
        yield Finding("it is not set up yet who asks", Part.ORGANISATION)
        return
    imprint = organisation.postal_lines and organisation.contact_email and organisation.data_protection
    if not imprint or not organisation.supervisory_authority:
        yield Finding("the organisation's imprint is not complete", Part.ORGANISATION)


def _of_page(page: Page) -> Iterator[Finding]:
    for key, what in (("article6", "Article 6"), ("article9", "Article 9")):
        if not page.legal_basis.get(key):
            yield Finding(f"its legal basis lacks {what}", Part.DETAILS)
    if page.retention_months < 1:
        yield Finding("it does not say how many months signatures are kept", Part.DETAILS)
    if not page.lead_picture:
        yield Finding("it has no lead picture", Part.DETAILS)
    if page.action_until is None:
        yield Finding("it has no last day, so somebody must remember to close it", Part.DETAILS, blocks=False)


def _of_targets(page: Page, targets: Sequence[Target], languages: Iterable[str]) -> Iterator[Finding]:
    if page.kind is PageKind.PETITION:
        return
    if not targets:
        yield Finding("it has no target to write to", Part.TARGETS)
    for target in targets:
        for language in languages:
            if not {"name", "state"} <= set(target.wordings.get(language, {})):
                yield Finding(f"{target.slug} has no name and state in {language}", Part.TARGETS)
        if not _can_be_addressed(target):
            yield Finding(f"{target.slug} has no salutation", Part.TARGETS)
        if target.waits_since is not None:
            yield Finding(f"letters to {target.slug} wait; its own screen says why", Part.TARGETS, blocks=False)
    if targets:
        yield from _of_reach(page)


def _of_reach(page: Page) -> Iterator[Finding]:
    everywhere = [code for code, _ in countries(SOURCE_LANGUAGE)]
    chosen = chosen_of(page)
    nobody = outcomes(chosen, everywhere).get((), [])
    if nobody == everywhere:
        yield Finding("letters reach nobody, wherever their writers live", Part.TARGETS)
    elif nobody:
        number = f"{len(nobody)} countries" if len(nobody) > 1 else f"{country_name(nobody[0], SOURCE_LANGUAGE)}"
        yield Finding(f"letters of writers in {number} reach nobody", Part.TARGETS, blocks=False)
    for one in chosen:
        if one.rule is TargetRule.EMBASSY and one.target.kind not in EMBASSIES:
            yield Finding(f"{one.target.slug} is chosen as an embassy and is none", Part.TARGETS, blocks=False)


def _can_be_addressed(target: Target) -> bool:
    return bool(target.languages) and letter_language(target, target.languages[0]) in target.forms


def _of_languages(page: Page, wordings: Mapping[str, PageWording]) -> Iterator[Finding]:
    if page.default_language not in wordings:
        yield Finding(f"there are no words in {page.default_language}, the page's own language", Part.WORDS)
    for language in LANGUAGES:
        if language not in wordings and language != page.default_language:
            yield Finding("it is not translated", Part.WORDS, language, blocks=False)


def _of_words(page: Page, words: PageWording, lead: Picture | None) -> Iterator[Finding]:
    def found(sentence: str, *, blocks: bool = True) -> Finding:
        return Finding(sentence, Part.WORDS, words.language, blocks=blocks)

    yield from (found(f"it lacks {what}") for what, value in _required(page, words, lead).items() if not value)
    if len(str(words.letter.get("subject", ""))) > LONGEST_SUBJECT:
        yield found(f"the model letter's subject is longer than {LONGEST_SUBJECT} characters")
    yield from (found(f"the privacy wording does not say {key}") for key in PRIVACY if not words.privacy.get(key))
    filled = FILLED if chosen_of(page) else ()
    privacy = (said for key, said in words.privacy.items() if key not in filled)
    for text in (*privacy, *words.notes.values()):
        yield from (found(f"{gap} still stands where a name belongs") for gap in GAPS if gap in str(text))
    yield from (found(str(problem)) for problem in check_blocks(words.blocks))
    if lead is not None and words.language != page.default_language and not words.lead.get("alt"):
        yield found("what the lead picture shows is said in the picture's own words", blocks=False)
    if not words.blocks:
        yield found("it tells no story yet", blocks=False)
    if len(words.title) > LONGEST_TITLE:
        yield found(f"the title is longer than {LONGEST_TITLE} characters, too long for most previews", blocks=False)


def _of_letters(page: Page, wordings: Mapping[str, PageWording], targets: Sequence[Target]) -> Iterator[Finding]:
    """Those in a language that no page speaks."""
    own = wordings.get(page.default_language)
    if page.kind is PageKind.PETITION or own is None:
        return
    for code in ONLY_LETTERS:
        subject, body = (str(own.letter.get(f"{part}_{code}") or "") for part in ("subject", "body"))
        name = LETTER_LANGUAGES[code].name_in_itself
        if bool(subject) != bool(body):
            lacks = "its text" if subject else "a subject"
            yield Finding(f"the letter in {name} lacks {lacks}", Part.WORDS, own.language)
        if len(subject) > LONGEST_SUBJECT:
            sentence = f"the subject of the letter in {name} is longer than {LONGEST_SUBJECT} characters"
            yield Finding(sentence, Part.WORDS, own.language)
        if body and not any(code in target.forms for target in targets):
            sentence = f"nobody can be addressed in {name}, so its letter is never shown"
            yield Finding(sentence, Part.TARGETS, blocks=False)


def _required(page: Page, words: PageWording, lead: Picture | None) -> dict[str, object]:
    required: dict[str, object] = {
        "a title": words.title,
        "two sentences of why": words.summary,
        "words for those who cannot see the lead picture": words.lead.get("alt") or (lead and lead.alt),
        "the credit of the lead picture": words.lead.get("credit") or (lead and lead.credit),
    }
    if page.kind is not PageKind.LETTER:
        required["the petition's statement"] = words.petition.get("statement")
        required["the petition's addressees"] = words.petition.get("addressees")
    if page.kind is not PageKind.PETITION:
        required["the model letter's subject"] = words.letter.get("subject")
        required["the model letter"] = words.letter.get("body")
    return required | {"a safety note": words.notes.get("safety") or not page.flagged}


def _of_pictures(page: Page, wordings: Iterable[PageWording], lead: Picture | None) -> Iterator[Finding]:
    wanted = {page.lead_picture} if page.lead_picture else set()
    wanted |= {name for words in wordings for name in names_in(words.blocks)}
    there = stored_named(wanted)
    yield from (Finding(f"there is no picture {name!r}", Part.DETAILS) for name in sorted(wanted - there.keys()))
    if lead is not None and lead.width < NARROWEST_LEAD:
        yield Finding(f"the lead picture is only {lead.width} pixels wide", Part.DETAILS, blocks=False)
