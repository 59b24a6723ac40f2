"""Bundles as rows: which letters are in one, its file piece by piece, and what becomes of it when a letter goes (L-10).

A bundle is locked before its letters, so that whoever takes one back and whoever hands them over wait for each other.
"""

import base64
from collections.abc import Iterator, Sequence

import structlog
from sqlalchemy import ColumnElement, Select, delete, func, select

from actions import clock, outbox
from actions.actors import Actor
from actions.extensions import db
from actions.letters.counting import COUNT
from actions.letters.journal import move_all
from actions.letters.models import Bundle, BundlePart, BundleState, Letter, LetterState

TASK = "workers.bundles.make"
log = structlog.get_logger()
B = BundleState


def let_go(here: Bundle, *, by: Actor) -> None:
    """Of one that is locked: it comes to nothing, and its letters keep their turn."""
    given_up = "its bundle was given up"
    move_all(letters_in(here), LetterState.RELEASED, LetterState.READY, by=by, reason=given_up, bundle_id=None)
    forget_file(here)
    here.state, here.ended_at = B.VOID, clock.now()
    db.session.flush()
    outbox.nudge(COUNT, lane="letters")


def let_go_with(which: ColumnElement[bool], *, by: Actor) -> None:
    """Those that are not handed over and hold such a letter: all of their letters are ready again."""
    held = select(Letter.bundle_id).where(which, Letter.state == LetterState.RELEASED, Letter.bundle_id.is_not(None))
    for bundle_id in db.session.scalars(select(Bundle.id).where(Bundle.id.in_(held)).order_by(Bundle.id)).all():
        here = lock(bundle_id)
        if here.state in {B.MAKING, B.MADE}:
            let_go(here, by=by)


def make_anew(bundle_id: int, *, by: Actor) -> None:
    """One of its letters is gone: the file that holds it goes at once, and it is made once more without it."""
    here = lock(bundle_id)
    if here.state in {B.MAKING, B.MADE}:
        forget_file(here)
        here.state, here.version, here.has_file = B.MAKING, here.version + 1, True
        here.digest = here.size = here.made_at = None
        here.done = here.after_id = here.parts = here.pages = 0
        here.number = in_bundle(here)
        db.session.flush()
        outbox.nudge(TASK, here.id, lane="bulk")
        log.info("a bundle is made anew", bundle=here.id, by=by.role.value)


def forget_letter(bundle_id: int, *, by: Actor) -> None:
    """A writer was erased whose letter was handed over: no file keeps it."""
    here = lock(bundle_id)
    if here.state is B.HANDED_OVER and here.has_file:
        forget_file(here)
        log.info("the file of a bundle was removed", bundle=here.id, by=by.role.value)


def forget_file(here: Bundle) -> None:
    """Of one that is locked."""
    db.session.execute(delete(BundlePart).where(BundlePart.bundle_id == here.id))
    here.has_file = False
    db.session.flush()


def lock(bundle_id: int) -> Bundle:
    return db.session.get_one(Bundle, bundle_id, with_for_update=True, populate_existing=True)


def letters_in(bundle: Bundle) -> Select[int]:
    return select(Letter.id).where(Letter.bundle_id == bundle.id)


def in_bundle(bundle: Bundle) -> int:
    counted = select(func.count()).where(Letter.bundle_id == bundle.id, Letter.state == LetterState.RELEASED)
    return db.session.scalar(counted) or 0


def bundles_of(page_id: int | None = None, target_id: int | None = None, most: int = 50) -> Sequence[Bundle]:
    """The newest first."""
    wanted = select(Bundle).order_by(Bundle.id.desc()).limit(most)
    if page_id is not None:
        wanted = wanted.where(Bundle.page_id == page_id)
    if target_id is not None:
        wanted = wanted.where(Bundle.target_id == target_id)
    return db.session.scalars(wanted).all()


def pieces(bundle_id: int, parts: int) -> Iterator[bytes]:
    """The PDF, a part at a time; each is a read of its own."""
    for number in range(parts):
        wanted = select(BundlePart).where(BundlePart.bundle_id == bundle_id, BundlePart.number == number)
        part = db.session.scalars(wanted).one()
        yield base64.b64decode(part.content or "")
        db.session.expunge(part)
