"""The links in a page's words: which of ours lead nowhere and keep it from being opened, and what came of the rest."""

from collections.abc import Iterable, Iterator, Mapping

from actions.links import addresses
from actions.links.queries import checks_of
from actions.pages.models import Page, PageState, PageWording
from actions.pages.operations import PageNotReady
from actions.pages.queries import page_by_slug
from actions.pages.readiness import Finding, Part


def is_published(slug: str) -> bool:
    page = page_by_slug(slug)
    return page is not None and page.state is not PageState.DRAFT


def foreign_in(wordings: Iterable[PageWording]) -> list[str]:
    return addresses.foreign_in(words.blocks for words in wordings)


def findings(page: Page, wordings: Mapping[str, PageWording]) -> list[Finding]:
    """What blocks first. Only where routes are known, so that no worker finds every link dead."""
    return [*_dead(page, wordings), *_leading_away(wordings)]


def must_lead_somewhere(page: Page, wordings: Mapping[str, PageWording]) -> None:
    """Raises PageNotReady for links of ours that no reader could open."""
    dead = [str(finding) for finding in _dead(page, wordings)]
    if dead:
        raise PageNotReady(dead)


def _dead(page: Page, wordings: Mapping[str, PageWording]) -> Iterator[Finding]:
    for language, words in wordings.items():
        for address in addresses.dead_in(words.blocks, ("slug", page.slug)):
            yield Finding(addresses.said_of_ours(address).rstrip("."), Part.WORDS, language)


def _leading_away(wordings: Mapping[str, PageWording]) -> Iterator[Finding]:
    asked = checks_of(foreign_in(wordings.values()))
    for language, words in wordings.items():
        for address in addresses.foreign_in([words.blocks]):
            said = " ".join(addresses.said_of(address, asked.get(address)))
            yield Finding(said.rstrip("."), Part.WORDS, language, blocks=False)
