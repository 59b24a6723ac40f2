"""When a page's words change or it closes, letters that still wait do not go: their writers are asked, or told."""

from typing import Any

from sqlalchemy import select

from actions import clock, outbox
from actions.actors import Actor
from actions.config import settings
from actions.confirmations import operations as confirmations
from actions.confirmations.models import Confirmation
from actions.deliveries import operations as deliveries
from actions.deliveries.models import Lane
from actions.extensions import db
from actions.letters import bundling, content, queries
from actions.letters.journal import forget_words, move
from actions.letters.models import Letter, LetterEvent, LetterState
from actions.letters.operations import (
    KIND,
    RELEASE,
    TargetGone,
    refuse_unseen_words,
    take_back,
    takes_letters,
)
from actions.organisation.queries import letterhead
from actions.pages.models import Page
from actions.pages.queries import PageClosed, has_ended, newest_update, takes_acts, update_words, wording
from actions.supporters.models import Supporter
from actions.targets.models import Target
from actions.targets.queries import name_in
from email_templates.catalogue import LetterCancelled, LetterHeld

# An item of a confirmation: the journal row that held a letter, so that a letter can be held more than once.
HELD = "held_letter"


def hold_for_new_words(page: Page, *, by: Actor) -> int:
    """Letters under older words wait for their writers, who are asked by mail; returns how many that are.

    Also those in a bundle that nobody has handed over: it is given up, and what was printed of it is old.
    """
    old = (Letter.page_id == page.id) & (Letter.page_version < page.version)
    bundling.let_go_with(old, by=by)
    stale = select(Letter).where(old, Letter.state == LetterState.READY)
    held = 0
    for letter in db.session.scalars(stale.order_by(Letter.id).with_for_update()).all():
        event = move(letter, LetterState.HELD, by=by, reason="the page's words changed")
        if event is not None:
            _ask_its_writer(letter, event, page, by=by)
            held += 1
    return held


def confirm(event_id: int, _: Confirmation, by: Actor, *, seen_version: int | None = None) -> None:
    """Its writer has looked again, and it goes as it is. Raises PageClosed, TargetGone and WordsChanged."""
    letter = queries.held_by_event(event_id)
    if letter is None:
        raise confirmations.AlreadySettled
    page = db.session.get_one(Page, letter.page_id)
    if not takes_acts(page):
        raise PageClosed(page)
    if not takes_letters(page, db.session.get_one(Target, letter.target_id)):
        raise TargetGone(page)
    if seen_version is not None:
        refuse_unseen_words(letter, page, seen_version)
    ready: dict[str, Any] = {"release_at": clock.now(), "page_version": page.version}
    if move(letter, LetterState.READY, by=by, reason="its writer looked again", **ready) is None:
        raise confirmations.AlreadySettled
    outbox.nudge(RELEASE, lane=Lane.LETTERS.value)


def refuse(event_id: int, by: Actor) -> None:
    _end(event_id, LetterState.CANCELLED, "let go by its writer", by)


def expire(event_id: int, by: Actor) -> None:
    _end(event_id, LetterState.EXPIRED, "its writer did not answer", by)


def content_hashes(event_id: int) -> list[bytes]:
    return content.content_hashes(queries.letter_of_event(event_id))


def cancel_waiting(page: Page, *, by: Actor) -> int:
    """The page has closed: what has not gone does not go, and its writers are told; returns how many that are."""
    bundling.let_go_with(Letter.page_id == page.id, by=by)
    waiting = select(Letter).where(Letter.page_id == page.id, Letter.state.in_(queries.ON_ITS_WAY)).order_by(Letter.id)
    cancelled = 0
    for letter in db.session.scalars(waiting.with_for_update()).all():
        if take_back(letter, reason="the page has closed", by=by):
            forget_words(letter)
            _say_cancelled(letter, page, by=by)
            cancelled += 1
    return cancelled


def cancel_of_ended_pages(*, by: Actor) -> int:
    """After a page's last day nobody writes, whether or not somebody closed it; returns how many letters that are."""
    return sum(cancel_waiting(page, by=by) for page in queries.pages_with_waiting() if has_ended(page))


def _end(event_id: int, state: LetterState, reason: str, by: Actor) -> None:
    letter = queries.held_by_event(event_id)
    if letter is not None and move(letter, state, by=by, reason=reason) is not None:
        forget_words(letter)


def _ask_its_writer(letter: Letter, event: LetterEvent, page: Page, *, by: Actor) -> None:
    supporter = db.session.get_one(Supporter, letter.supporter_id)
    language = supporter.language
    confirmation = confirmations.ask(
        supporter,
        HELD,
        event.id,
        subject=f"{KIND}:{page.id}",
        content_hash=letter.content_hash or b"",
        language=language,
        mail=False,
        by=by,
    )
    email = LetterHeld(
        letterhead=letterhead(language),
        language=language,
        title=wording(page, language).title,
        target=name_in(db.session.get_one(Target, letter.target_id), language),
        headline=headline_of(page, language),
        link=f"{settings().base_url}/c/{confirmations.open_link(confirmation, supporter)}",
        valid_days=settings().confirmation_lifetime.days,
    )
    deliveries.queue(email, to=supporter, lane=Lane.NOW, about_id=letter.id, by=by)


def headline_of(page: Page, language: str) -> str:
    """What came of it last, in one line; the page's title before there is any."""
    update = newest_update(page)
    told = update_words(update, language, page.default_language)["headline"] if update else ""
    return str(told or wording(page, language).title)


def _say_cancelled(letter: Letter, page: Page, *, by: Actor) -> None:
    supporter = db.session.get_one(Supporter, letter.supporter_id)
    if supporter.email_hash is None:
        return
    language = supporter.language
    email = LetterCancelled(
        letterhead=letterhead(language),
        language=language,
        title=wording(page, language).title,
        target=name_in(db.session.get_one(Target, letter.target_id), language),
        outcome_url=f"{settings().base_url}/a/{page.slug}",
    )
    deliveries.queue(email, to=supporter, lane=Lane.NOW, about_id=letter.id, by=by)
