"""When a page's words change or it closes, letters that still wait do not go: their writers are asked, or told.

Ten thousand may wait, and whoever published the news waits for the answer: letters stop by a few statements, and the
mails to their writers are made afterwards, in the background.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from actions import clock, outbox
from actions.actors import Actor
from actions.config import settings
from actions.confirmations import operations as confirmations
from actions.confirmations.models import Confirmation
from actions.deliveries import operations as deliveries
from actions.deliveries.models import Lane
from actions.deliveries.queries import is_crowded
from actions.extensions import db
from actions.letters import bundling, content, queries
from actions.letters.journal import WITHOUT_WORDS, forget_words, move, move_all
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
from actions.pages.locking import hold_still
from actions.pages.models import Page
from actions.pages.queries import PageClosed, has_ended, newest_update, takes_acts, update_words, wording
from actions.supporters.models import Supporter
from actions.targets.models import Target
from actions.targets.queries import name_in
from email_templates.catalogue import LetterCancelled, LetterHeld

# An item of a confirmation: the journal row that held a letter, so that a letter can be held more than once.
HELD = "held_letter"
TELL = "workers.letters.tell"
# Their mails share the lane of those who confirm something just now, who wait for no more than this many.
BATCH = 100
NEWS, CLOSED = "the page's words changed", "the page has closed"


def hold_for_new_words(page: Page, *, by: Actor) -> int:
    """Letters under older words wait for their writers, who are asked by mail; returns how many that are.

    Also those in a bundle that nobody has handed over: it is given up, and what was printed of it is old.
    """
    old = (Letter.page_id == page.id) & (Letter.page_version < page.version)
    bundling.let_go_with(old, by=by)
    held = move_all(
        _locked(old, LetterState.READY), LetterState.READY, LetterState.HELD, by=by, reason=NEWS, untold=True
    )
    if held:
        outbox.nudge(TELL, lane=Lane.LETTERS.value)
    return held


def confirm(event_id: int, _: Confirmation, by: Actor, *, seen_version: int | None = None) -> None:
    """Its writer has looked again, and it goes as it is. Raises PageClosed, TargetGone and WordsChanged."""
    letter = queries.held_by_event(event_id)
    if letter is None:
        raise confirmations.AlreadySettled
    page = hold_still(letter.page_id)
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
    here = Letter.page_id == page.id
    bundling.let_go_with(here, by=by)
    gone: dict[str, Any] = {"reason": CLOSED, "untold": True, **WITHOUT_WORDS}
    cancelled = sum(
        move_all(_locked(here, state), state, LetterState.CANCELLED, by=by, **gone)
        for state in (LetterState.READY, LetterState.HELD)
    )
    # No more than an office takes within minutes: each is asked back from the engine, which locks the email first.
    on_their_way = select(Letter).where(here, Letter.state == LetterState.RELEASED).order_by(Letter.id)
    for letter in db.session.scalars(on_their_way).all():
        if take_back(letter, reason=CLOSED, by=by):
            forget_words(letter)
            letter.untold = True
            cancelled += 1
    db.session.flush()
    if cancelled:
        outbox.nudge(TELL, lane=Lane.LETTERS.value)
    return cancelled


def tell_some(*, by: Actor) -> bool:
    """Mail the next writers what became of their letters; whether others wait and may be told at once."""
    if is_crowded(Lane.NOW, BATCH):
        return False
    # Whoever writes, confirms or is erased locks the person first and then their letters: one who does so just now is
    # left for the next turn, so that nobody waits for anybody in a circle.
    wanted = select(Letter).join(Supporter, Supporter.id == Letter.supporter_id).where(Letter.untold)
    letters = db.session.scalars(wanted.order_by(Letter.id).limit(BATCH).with_for_update(skip_locked=True)).all()
    last = queries.last_events([letter.id for letter in letters])
    for letter in letters:
        _tell(letter, last[letter.id], by=by)
        letter.untold = False
    db.session.flush()
    return len(letters) == BATCH


def _tell(letter: Letter, last: LetterEvent, *, by: Actor) -> None:
    """As it stands now: its writer may have been quicker."""
    page = db.session.get_one(Page, letter.page_id)
    if (letter.state, last.reason) == (LetterState.HELD, NEWS):
        _ask_its_writer(letter, last, page, by=by)
    elif (letter.state, last.reason) == (LetterState.CANCELLED, CLOSED):
        _say_cancelled(letter, page, by=by)


def _locked(which: ColumnElement[bool], state: LetterState) -> Select[int]:
    """Ids, in the order in which every bulk statement locks them."""
    return select(Letter.id).where(which, Letter.state == state).order_by(Letter.id).with_for_update()


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
    supporter = db.session.get(Supporter, letter.supporter_id)
    if supporter is None or supporter.email_hash is None:
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
