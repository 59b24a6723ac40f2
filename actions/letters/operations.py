from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions import clock, outbox
from actions.actors import Actor
from actions.config import settings
from actions.confirmations import operations as confirmations
from actions.confirmations import requests
from actions.confirmations.giving import give
from actions.confirmations.models import Confirmation
from actions.confirmations.notices import tell_already_done
from actions.consents.models import ConsentPurpose
from actions.consents.operations import Ticked
from actions.consents.queries import text_for
from actions.deliveries import operations as deliveries
from actions.deliveries.models import Lane
from actions.deliveries.queries import about
from actions.extensions import db
from actions.letters import bundling, content, queries
from actions.letters.content import Way, WishToWrite
from actions.letters.journal import begin_or_find, forget_words, move
from actions.letters.models import Letter, LetterState
from actions.pages.locking import hold_still
from actions.pages.models import Page, PageTarget
from actions.pages.queries import PageClosed, takes_acts, wording
from actions.supporters import operations as supporters
from actions.supporters.models import Supporter
from actions.targets.models import Target
from actions.targets.queries import name_in
from email_templates.catalogue import LetterToTarget, WaitingItem

KIND = "letter"
EMAIL = LetterToTarget.folder
RELEASE = "workers.letters.release"


class AlreadyWritten(Exception):
    """This person's letter from this page to this target stands already."""


class TargetGone(Exception):
    """We bring no letter from this page to this target any more."""

    def __init__(self, page: Page) -> None:
        super().__init__(page.slug)
        self.page = page


class WordsChanged(Exception):
    """There is news that the letter's writer has not seen."""


def write_letters(
    wishes: Sequence[tuple[Target, WishToWrite]],
    page: Page,
    supporter: Supporter,
    *,
    language: str,
    network_delay: timedelta = timedelta(),
    mail: bool = True,
    by: Actor,
) -> Confirmation | None:
    """One letter for each target, of one person; they wait until the mailbox is proven, and are confirmed together.

    The same letter again is the same row. Without `mail`, for an owner who proved the mailbox a moment ago: the
    confirmation to go on to, or None for somebody whose letters stand already. They are told by mail; whoever filled
    in the form is not. A letter that is held does not stand in the way of a new one.
    """
    db.session.get(Supporter, supporter.id, with_for_update=True)
    letters = [_waiting_or_new(wish, page, target, supporter, by=by) for target, wish in wishes]
    subject = f"{KIND}:{page.id}"
    if not mail:
        done = already_done([letter.id for letter in letters], by)
        letters = [letter for letter in letters if letter.id not in done]
        if not letters:
            return None
    (first, first_hash), *others = [(letter.id, letter.content_hash or b"") for letter in letters]
    if mail:
        requests.request_link(
            supporter,
            KIND,
            first,
            subject=subject,
            content_hash=first_hash,
            others=others,
            language=language,
            network_delay=network_delay,
            by=by,
        )
        return None
    return confirmations.ask(
        supporter,
        KIND,
        first,
        subject=subject,
        content_hash=first_hash,
        others=others,
        language=language,
        mail=False,
        by=by,
    )


def already_done(letter_ids: Sequence[int], by: Actor) -> set[int]:
    """Those of one wish whose writer's letter stands already; then they are told by one mail, and these go."""
    before: dict[int, Letter] = {}
    for letter in (db.session.get_one(Letter, letter_id) for letter_id in letter_ids):
        standing = queries.standing(letter.page_id, letter.target_id, letter.supporter_id or 0)
        if standing is not None and standing.state is not LetterState.HELD:
            before[letter.id] = standing
    if before:
        _say_already_written(list(before.values()), by=by)
    for letter_id in before:
        refuse(letter_id, by)
    return set(before)


def confirm(letter_id: int, confirmation: Confirmation, by: Actor, *, seen_version: int | None = None) -> None:
    """It is ready to go; where another of theirs stands already, this one goes nowhere.

    Raises PageClosed, TargetGone, and WordsChanged if the page's words changed and `seen_version`, the one that stood
    beside the letter when its button was pressed, is not the newest.
    """
    letter = db.session.get_one(Letter, letter_id)
    # News that are being published hold what is ready by then: they must not miss this one.
    page = hold_still(letter.page_id)
    refuse_unseen_words(letter, page, seen_version)
    try:
        _make_ready(letter, page, "letter form", confirmation.language, confirmation_id=confirmation.id, by=by)
    except AlreadyWritten:
        refuse(letter_id, by)


def act_by_link(
    wish: WishToWrite,
    page: Page,
    target: Target,
    supporter: Supporter,
    *,
    language: str,
    mailing_id: int | None,
    by: Actor,
) -> Letter:
    """In one press, by a link that proved the mailbox; it waits a while, so that its owner can undo it.

    Raises PageClosed, TargetGone and AlreadyWritten.
    """
    page = hold_still(page.id)
    letter = _waiting_or_new(wish, page, target, supporter, by=by)
    letter.mailing_id = mailing_id
    letter.page_version = page.version
    db.session.flush()
    _make_ready(letter, page, "act link", language, wait=settings().act_letter_wait, by=by)
    return letter


def act_on_all_by_link(
    wishes: Sequence[tuple[Target, WishToWrite]],
    page: Page,
    supporter: Supporter,
    *,
    language: str,
    mailing_id: int | None,
    by: Actor,
) -> list[Letter]:
    """As act_by_link, a letter for each target; one that stands already is left as it is."""
    written = []
    for target, wish in wishes:
        with suppress(AlreadyWritten), db.session.begin_nested():
            letter = act_by_link(wish, page, target, supporter, language=language, mailing_id=mailing_id, by=by)
            written.append(letter)
    return written


def undo(letter: Letter, *, by: Actor) -> bool:
    """Take back what is not on the wire yet. False if it is too late for that."""
    undone = take_back(letter, reason="undone by its writer", by=by)
    if undone:
        forget_words(letter)
    return undone


def refuse(letter_id: int, by: Actor) -> None:
    _drop(db.session.get_one(Letter, letter_id), LetterState.REFUSED, by=by)


def expire(letter_id: int, by: Actor) -> None:
    _drop(db.session.get_one(Letter, letter_id), LetterState.EXPIRED, by=by)


def content_hashes(letter_id: int) -> list[bytes]:
    """Of the row as it stands, under every key of the ring (L-06)."""
    return content.content_hashes(db.session.get_one(Letter, letter_id))


def erase_of(supporter: Supporter, *, by: Actor) -> None:
    """Call back what has not gone, and take their name and words off every letter."""
    for letter in db.session.scalars(select(Letter).where(Letter.supporter_id == supporter.id)).all():
        take_back(letter, reason="its writer was erased", by=by)
        forget_words(letter)
        if letter.bundle_id is not None:
            bundling.forget_letter(letter.bundle_id, by=by)


def refuse_unseen_words(letter: Letter, page: Page, seen_version: int | None) -> None:
    """Raises WordsChanged."""
    if letter.page_version < page.version and seen_version != page.version:
        raise WordsChanged


def take_back(letter: Letter, *, reason: str, by: Actor) -> bool:
    """False for one that has gone, or that was never confirmed. A bundle that held it is made anew without it."""
    bundle_id = letter.bundle_id
    if bundle_id is not None:
        bundling.lock(bundle_id)
        db.session.refresh(letter)
    elif letter.state is LetterState.RELEASED:
        queued = [delivery.id for delivery in about(EMAIL, letter.id)]
        if not deliveries.cancel(queued, by=by):
            return False
    taken = move(letter, LetterState.CANCELLED, by=by, reason=reason) is not None
    if taken and bundle_id is not None:
        bundling.make_anew(bundle_id, by=by)
    return taken


def takes_letters(page: Page, target: Target) -> bool:
    """By email or in bundles: whom the page names, and to whom we bring what is written (L-11)."""
    return target.takes_letters and names(page, target)


def names(page: Page, target: Target) -> bool:
    named = select(PageTarget.id).where(PageTarget.page_id == page.id, PageTarget.target_id == target.id)
    return db.session.scalar(named.limit(1)) is not None


def _waiting_or_new(wish: WishToWrite, page: Page, target: Target, supporter: Supporter, *, by: Actor) -> Letter:
    letter = Letter(
        page_id=page.id,
        target_id=target.id,
        supporter_id=supporter.id,
        state=LetterState.UNCONFIRMED,
        tallied=False,
        untold=False,
        bundled=False,
        page_version=page.version,
        language=wish.language,
        country=wish.country,
        first_name=wish.first_name,
        last_name=wish.last_name,
        name_shown=wish.name_shown,
        words=wish.words.to_json(),
        own_share=wish.own_share,
        ticked=[one.to_json() for one in wish.ticked],
        content_hash=content.hashes(wish, Way(page.id, target.id, supporter.id))[0],
        created_at=clock.now(),
    )
    return begin_or_find(letter, by=by)


def _make_ready(
    letter: Letter,
    page: Page,
    channel: str,
    language: str,
    *,
    confirmation_id: int | None = None,
    wait: timedelta = timedelta(),
    by: Actor,
) -> None:
    supporter = db.session.get_one(Supporter, letter.supporter_id, with_for_update=True)
    if not takes_acts(page):
        raise PageClosed(page)
    target = db.session.get_one(Target, letter.target_id)
    if not takes_letters(page, target):
        raise TargetGone(page)
    _make_room(letter, supporter, by=by)
    at = clock.now()
    ready: dict[str, Any] = {"confirmed_at": at, "release_at": at + wait, "page_version": page.version}
    ready["bundled"] = target.takes_bundles
    if move(letter, LetterState.READY, by=by, **ready) is None:
        raise confirmations.AlreadySettled
    _give(letter, page, supporter, f"{channel}: {page.slug}", language, confirmation_id=confirmation_id, by=by)
    if not wait and target.takes_email:
        outbox.nudge(RELEASE, lane=Lane.LETTERS.value)


def _make_room(letter: Letter, supporter: Supporter, *, by: Actor) -> None:
    """A letter that is held gives way to one written anew. Raises AlreadyWritten for any other that stands."""
    before = queries.standing(letter.page_id, letter.target_id, supporter.id)
    if before is None or before.id == letter.id:
        return
    if before.state is not LetterState.HELD:
        raise AlreadyWritten
    move(before, LetterState.CANCELLED, by=by, reason="written anew")
    forget_words(before)


def _give(
    letter: Letter,
    page: Page,
    supporter: Supporter,
    channel: str,
    language: str,
    *,
    confirmation_id: int | None,
    by: Actor,
) -> None:
    supporters.prove_mailbox(
        supporter,
        first_name=letter.first_name,
        last_name=letter.last_name,
        country=letter.country,
        language=language,
        by=by,
    )
    act = [
        Ticked(purpose, text_for(purpose, language).id, page_id=page.id, target_id=letter.target_id).to_json()
        for purpose in (ConsentPurpose.WRITE, ConsentPurpose.DISCLOSE)
    ]
    give(
        supporter,
        [*act, *letter.ticked],
        channel=channel,
        requested_at=letter.created_at,
        confirmation_id=confirmation_id,
        by=by,
    )


def _drop(letter: Letter, state: LetterState, *, by: Actor) -> None:
    if move(letter, state, by=by) is not None:
        forget_words(letter)


def _say_already_written(letters: Sequence[Letter], *, by: Actor) -> None:
    page = db.session.get_one(Page, letters[0].page_id)
    supporter = db.session.get_one(Supporter, letters[0].supporter_id)
    names = [name_in(db.session.get_one(Target, letter.target_id), supporter.language) for letter in letters]
    item = WaitingItem(kind="letter", title=wording(page, supporter.language).title, target=names[0])
    url = f"{settings().base_url}/a/{page.slug}"
    tell_already_done(supporter, item, about_id=letters[0].id, page_url=url, targets=names, by=by)
