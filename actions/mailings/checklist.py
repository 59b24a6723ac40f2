"""What is looked at before a mailing goes: each with what to do, and whether it may go all the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from actions import clock
from actions.links import addresses
from actions.links.queries import checks_of
from actions.mailings import links, preflight, queries
from actions.mailings.models import Mailing, MailingKind, MailingText
from actions.mailings.preflight import MailingNotReady, language_name
from actions.mailings.reach import LATELY_DAYS, Reach, reach_of
from actions.mailings.wording import page_of
from actions.pages.queries import languages, takes_acts
from email_templates.texts import Rendered

# Of a hundred readers, so many who were mailed lately are worth a word.
MANY_PER_CENT = 25
SOON = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Finding:
    what: str
    todo: str
    blocks: bool


@dataclass(frozen=True, kw_only=True)
class Checked:
    findings: tuple[Finding, ...]
    reach: Reach

    @property
    def audience(self) -> int:
        return self.reach.number

    @property
    def blocks(self) -> bool:
        return any(finding.blocks for finding in self.findings)


def look_through(mailing: Mailing) -> Checked:
    """Everything at once, what blocks first."""
    texts = queries.texts_of(mailing)
    reach = reach_of(mailing)
    found = [*_blocking(mailing, texts, reach.number), *_untested(mailing), *_about_page(mailing, texts)]
    found += _about_links(mailing, texts)
    found += _about_audience(reach)
    return Checked(findings=tuple(sorted(found, key=lambda finding: not finding.blocks)), reach=reach)


def _blocking(mailing: Mailing, texts: Mapping[str, MailingText], number: int) -> Iterator[Finding]:
    try:
        yield from _about_size(preflight.check(mailing, texts))
    except MailingNotReady as lacking:
        yield from (Finding(what=one.what, todo=one.todo, blocks=True) for one in lacking.found)
    if not number:
        yield Finding(what="Nobody is in the audience.", todo="Choose a wider one.", blocks=True)


def _about_size(frozen: Mapping[str, Rendered]) -> Iterator[Finding]:
    for warning in preflight.warnings(frozen):
        yield Finding(what=warning, todo="Shorten it, and let the page say the rest.", blocks=False)


def _untested(mailing: Mailing) -> Iterator[Finding]:
    if mailing.tested_at is None:
        yield Finding(
            what="These words were not sent as a test yet.",
            todo="Send yourself one and read it where you read your mail.",
            blocks=True,
        )


def _about_page(mailing: Mailing, texts: Mapping[str, MailingText]) -> Iterator[Finding]:
    page = page_of(mailing)
    if page is None:
        return
    for language in languages(page):
        if language not in texts:
            yield Finding(
                what=f"The page speaks {language_name(language)}, the mailing does not.",
                todo="Add the language, or its readers get another one.",
                blocks=False,
            )
    until = page.action_until
    if mailing.kind is MailingKind.ALERT and takes_acts(page) and until is not None and until < clock.now() + SOON:
        yield Finding(
            what="The page's last day is over within 24 hours.",
            todo="Give it a later one, or send at once: nobody is asked after it.",
            blocks=False,
        )


def _about_links(mailing: Mailing, texts: Mapping[str, MailingText]) -> Iterator[Finding]:
    asked = checks_of(links.foreign_in(texts.values()))
    for text in texts.values():
        where = f"In {language_name(text.language)}:"
        for address in addresses.foreign_in([text.blocks]):
            what, todo = addresses.said_of(address, asked.get(address))
            yield Finding(what=f"{where} {what}", todo=todo, blocks=False)
        for address in addresses.dead_in(text.blocks, links.own(mailing)):
            yield Finding(what=f"{where} {addresses.said_of_ours(address)}", todo=addresses.CORRECT_IT, blocks=True)


def _about_audience(reach: Reach) -> Iterator[Finding]:
    if reach.number and reach.lately * 100 >= reach.number * MANY_PER_CENT:
        yield Finding(
            what=f"{reach.lately:,} of {reach.number:,} were mailed in the last {LATELY_DAYS} days.",
            todo="Wait, or leave them out of the audience.",
            blocks=False,
        )
