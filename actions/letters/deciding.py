"""Letters of which nobody can tell whether they arrived: a person decides, once, and nothing is ever sent again by
itself (L-08).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import func, select

from actions import clock, outbox
from actions.actors import Actor
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.deliveries.operations import cancel, record_outcome
from actions.deliveries.queries import about
from actions.extensions import db
from actions.letters.content import is_as_confirmed
from actions.letters.counting import COUNT
from actions.letters.holding import hold_for_new_words
from actions.letters.journal import move
from actions.letters.models import Letter, LetterEvent, LetterState
from actions.letters.operations import EMAIL, RELEASE
from actions.letters.releasing import end_sent, give_back
from actions.pages.models import Page
from actions.pages.queries import has_ended
from actions.staff import audit

# Two breaks further apart than this have two causes.
APART = timedelta(minutes=30)
# On one screen, whose time they share.
MOST = 100
D = DeliveryState


class Decision(StrEnum):
    ARRIVED = "arrived"
    AGAIN = "again"
    RETURNED = "returned"


class Result(StrEnum):
    DONE = "done"
    # Somebody else, or a late answer of the mail server, was quicker.
    DECIDED_BEFORE = "decided before"
    # It cannot go again: its page has ended, or its writer was erased.
    CANNOT_GO = "cannot go"


class Unknown(NamedTuple):
    letter_id: int
    page_id: int
    target_id: int
    since: datetime


def unknown_letters(most: int = MOST) -> Sequence[Unknown]:
    """By target, and in the order in which it happened."""
    since = func.max(LetterEvent.at)
    found = (
        select(Letter.id, Letter.page_id, Letter.target_id, since)
        .join(LetterEvent, (LetterEvent.letter_id == Letter.id) & (LetterEvent.after == LetterState.UNKNOWN))
        .where(Letter.state == LetterState.UNKNOWN)
        .group_by(Letter.id)
        .order_by(Letter.target_id, since, Letter.id)
        .limit(most)
    )
    return [Unknown(*row) for row in db.session.execute(found)]


def incidents(letters: Sequence[Unknown]) -> list[list[Unknown]]:
    """What broke together: of one target, one soon after the other. `letters` as `unknown_letters` orders them."""
    found = [[one] for one in letters[:1]]
    for before, one in pairwise(letters):
        if one.target_id == before.target_id and one.since - before.since <= APART:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def decide(letter_ids: Sequence[int], decision: Decision, *, by: Actor) -> Counter[Result]:
    """Each letter by itself, and each at most once."""
    # In the order in which the engine takes them: what became of a delivery first, then its letter.
    mails = select(Delivery).where(Delivery.kind == EMAIL, Delivery.about_id.in_(letter_ids)).order_by(Delivery.id)
    db.session.scalars(mails.with_for_update(), execution_options={"populate_existing": True}).all()
    locked = select(Letter).where(Letter.id.in_(letter_ids)).order_by(Letter.id).with_for_update()
    letters = db.session.scalars(locked, execution_options={"populate_existing": True}).all()
    results = Counter(_decide(letter, decision, by=by) for letter in letters)
    if decision is Decision.AGAIN and results[Result.DONE]:
        # What its writer has not seen since goes no more than any other that waits.
        for page_id in sorted({letter.page_id for letter in letters}):
            hold_for_new_words(db.session.get_one(Page, page_id), by=by)
        outbox.nudge(RELEASE, lane=Lane.LETTERS.value)
    outbox.nudge(COUNT, lane=Lane.LETTERS.value)
    return results


def _decide(letter: Letter, decision: Decision, *, by: Actor) -> Result:
    if letter.state is not LetterState.UNKNOWN:
        return Result.DECIDED_BEFORE
    if decision is Decision.AGAIN and not _may_go(letter):
        return Result.CANNOT_GO
    ended = {Decision.ARRIVED: D.SENT}.get(decision, D.FAILED)
    mails = about(EMAIL, letter.id)
    for delivery in mails:
        if delivery.state is D.UNKNOWN:
            record_outcome(delivery.id, ended, is_known=True, by=by)
    cancel([delivery.id for delivery in mails], by=by)
    _ENDS[decision](letter, by)
    audit.note(
        "decided about a letter",
        by=by,
        about=(Letter.__tablename__, letter.id),
        before={"state": LetterState.UNKNOWN.value},
        after={"state": letter.state.value},
    )
    return Result.DONE


def _may_go(letter: Letter) -> bool:
    return is_as_confirmed(letter) and not has_ended(db.session.get_one(Page, letter.page_id))


def _end_arrived(letter: Letter, by: Actor) -> None:
    since = select(func.max(LetterEvent.at)).where(
        LetterEvent.letter_id == letter.id, LetterEvent.after == LetterState.UNKNOWN
    )
    end_sent(letter, db.session.scalar(since) or clock.now(), by=by)


def _send_again(letter: Letter, by: Actor) -> None:
    move(letter, LetterState.READY, by=by, reason="a person decided that it did not arrive", release_at=clock.now())


def _return(letter: Letter, by: Actor) -> None:
    give_back(letter, "unknown", by=by)


_ENDS: dict[Decision, Callable[[Letter, Actor], None]] = {
    Decision.ARRIVED: _end_arrived,
    Decision.AGAIN: _send_again,
    Decision.RETURNED: _return,
}
