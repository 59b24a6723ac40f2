"""What keeps a page from being opened, in sentences for the campaigner (C-33, C-35)."""

from collections.abc import Iterable, Mapping, Sequence

from actions.media.queries import names_in, pictures_named
from actions.organisation.queries import NoOrganisation, the_organisation
from actions.pages.models import Page, PageWording
from actions.targets.models import Target
from actions.targets.queries import letter_language
from email_templates.block_checking import check_blocks

PRIVACY = ("who_asks", "what_for", "who_gets_it", "which_state", "how_long", "how_to_withdraw")
LONGEST_SUBJECT = 120


def problems_of(page: Page, wordings: Mapping[str, PageWording], targets: Sequence[Target]) -> list[str]:
    """One sentence each; empty for a page that may be opened."""
    problems = [*_of_organisation(), *_of_page(page), *_of_targets(targets, wordings)]
    if page.default_language not in wordings:
        problems.append(f"there are no words in {page.default_language}, the page's own language")
    for language, words in wordings.items():
        problems += [f"in {language}: {problem}" for problem in _of_words(page, words)]
    return problems + _of_pictures(page, wordings.values())


def _of_organisation() -> list[str]:
    try:
        organisation = the_organisation()
    except NoOrganisation:
        return ["it is not set up yet who asks"]
    imprint = organisation.postal_lines and organisation.contact_email and organisation.data_protection
    return [] if imprint and organisation.supervisory_authority else ["the organisation's imprint is not complete"]


def _of_page(page: Page) -> list[str]:
    problems = [
        f"its legal basis lacks {what}"
        for key, what in (("article6", "Article 6"), ("article9", "Article 9"))
        if not page.legal_basis.get(key)
    ]
    if page.retention_months < 1:
        problems.append("it does not say how many months signatures are kept")
    if not page.lead_picture:
        problems.append("it has no lead picture")
    return problems


def _of_targets(targets: Sequence[Target], languages: Mapping[str, PageWording]) -> list[str]:
    if not targets:
        return ["it has no target to write to"]
    return [
        f"{target.slug} has no name and state in {language}"
        for target in targets
        for language in languages
        if not {"name", "state"} <= set(target.wordings.get(language, {}))
    ] + [f"{target.slug} has no salutation" for target in targets if not _can_be_addressed(target)]


def _can_be_addressed(target: Target) -> bool:
    return bool(target.languages) and letter_language(target, target.languages[0]) in target.forms


def _of_words(page: Page, words: PageWording) -> list[str]:
    required = {
        "a title": words.title,
        "two sentences of why": words.summary,
        "words for those who cannot see the lead picture": words.lead.get("alt"),
        "the credit of the lead picture": words.lead.get("credit"),
        "the petition's statement": words.petition.get("statement"),
        "the petition's addressees": words.petition.get("addressees"),
        "the model letter's subject": words.letter.get("subject"),
        "the model letter": words.letter.get("body"),
        "a safety note": words.notes.get("safety") or not page.flagged,
    }
    privacy = [f"the privacy wording does not say {key}" for key in PRIVACY if not words.privacy.get(key)]
    missing = [f"it lacks {what}" for what, value in required.items() if not value]
    if len(str(words.letter.get("subject", ""))) > LONGEST_SUBJECT:
        missing.append(f"the model letter's subject is longer than {LONGEST_SUBJECT} characters")
    return missing + privacy + [str(problem) for problem in check_blocks(words.blocks)]


def _of_pictures(page: Page, wordings: Iterable[PageWording]) -> list[str]:
    wanted = {page.lead_picture} if page.lead_picture else set()
    wanted |= {name for words in wordings for name in names_in(words.blocks)}
    return [f"there is no picture {name!r}" for name in sorted(wanted - pictures_named(wanted).keys())]
