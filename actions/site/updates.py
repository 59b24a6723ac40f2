"""News of a page is one act for whoever publishes it, and touches three rooms: the page, its letters, its mailing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from actions.actors import Actor
from actions.letters.holding import cancel_waiting, hold_for_new_words
from actions.mailings import audience
from actions.mailings import operations as mailings
from actions.mailings.models import Mailing, MailingKind
from actions.mailings.operations import Words
from actions.pages.models import Outcome, Page, PageUpdate
from actions.pages.operations import PageNotReady, add_update
from actions.pages.queries import has_ended, newest_update, standing_words
from actions.pages.words import PageWords
from actions.segments.rules import Rule
from email_templates.block_checking import sanitise_blocks

# What an update may change of the appeal. A mapping changes key by key, the rest as a whole.
CHANGEABLE = frozenset({"title", "summary", "blocks", "petition", "letter"})


@dataclass(frozen=True, kw_only=True)
class Told:
    """The news in one language; `changes` are new words of the appeal and its model letter."""

    headline: str
    blocks: Sequence[Mapping[str, Any]]
    subject: str = ""
    preheader: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Published:
    """What that set going: letters whose writers are asked again or told that it is over, and the mailing."""

    update: PageUpdate
    held: int = 0
    cancelled: int = 0
    mailing: Mailing | None = None


def publish_update(  # noqa: PLR0913  # an operation names each thing that was decided
    page: Page,
    outcome: Outcome,
    news: Mapping[str, Told],
    *,
    mail: bool = False,
    dated: datetime | None = None,
    by: Actor,
) -> Published:
    """The banner at once, the appeal's new words with it, letters under old words held; with `mail` the mailing.

    The same news again is the news that stands, so `mail` can follow later, and only once. Raises PageNotReady,
    NotFromHere and MailingNotReady; then nothing of it has happened.
    """
    update = _standing(page, outcome, news)
    held = cancelled = 0
    if update is None:
        words = {language: _changed(page, language, told) for language, told in news.items() if told.changes}
        update = add_update(page, outcome, _on_the_page(news), words=words, dated=dated, by=by)
        held = hold_for_new_words(page, by=by)
        cancelled = cancel_waiting(page, by=by) if has_ended(page) else 0
    mailing = _mail(page, update, news, by=by) if mail else None
    return Published(update=update, held=held, cancelled=cancelled, mailing=mailing)


def _standing(page: Page, outcome: Outcome, news: Mapping[str, Told]) -> PageUpdate | None:
    newest = newest_update(page)
    same = newest is not None and newest.outcome is outcome and newest.wordings == _on_the_page(news)
    return newest if same else None


def _on_the_page(news: Mapping[str, Told]) -> dict[str, dict[str, Any]]:
    return {
        language: {"headline": told.headline, "blocks": sanitise_blocks(told.blocks)} for language, told in news.items()
    }


def _changed(page: Page, language: str, told: Told) -> PageWords:
    standing = standing_words(page).get(language)
    unknown = sorted(set(told.changes) - CHANGEABLE)
    if standing is None or unknown:
        reason = "the page has no words in this language" if standing is None else f"{unknown[0]} cannot change"
        raise PageNotReady([f"{language}: {reason}"])
    return replace(standing, **{name: _merged(getattr(standing, name), new) for name, new in told.changes.items()})


def _merged(before: Any, new: Any) -> Any:  # noqa: ANN401  # words are texts, lists and mappings
    return {**before, **new} if isinstance(before, Mapping) and isinstance(new, Mapping) else new


def _mail(page: Page, update: PageUpdate, news: Mapping[str, Told], *, by: Actor) -> Mailing | None:
    """To those who signed or wrote and want news of this case; None where that is nobody."""
    mailing = draft_mail(page, update, news, rule=audience.who_acted(page.id), by=by)
    if mailing.audience is None and not audience.size_of(mailing):
        mailings.discard(mailing, by=by)
        return None
    mailings.launch(mailing, by=by)
    return mailing


def draft_mail(page: Page, update: PageUpdate, news: Mapping[str, Told], *, rule: Rule, by: Actor) -> Mailing:
    """The mailing that tells of it, as a draft; again it is the one that is there."""
    return mailings.draft_mailing(
        MailingKind.UPDATE,
        key=f"update-{update.id}",
        words=[
            Words(
                language=language, subject=told.subject or told.headline, preheader=told.preheader, blocks=told.blocks
            )
            for language, told in news.items()
        ],
        rule=rule,
        page=page,
        update=update,
        by=by,
    )
