"""Which letters the next bundle takes: those that are ready, the oldest first, as many as its office takes (L-10)."""

from sqlalchemy import ColumnElement, func, select

from actions import clock, outbox
from actions.actors import Actor
from actions.extensions import db
from actions.letters.bundling import in_bundle
from actions.letters.counting import COUNT
from actions.letters.journal import move_all
from actions.letters.models import Bundle, Letter, LetterState
from actions.letters.queries import left_to
from actions.letters.stopping import stopped_pages
from actions.pages.locking import hold_still
from actions.pages.models import Page
from actions.pages.queries import takes_acts
from actions.targets.models import Target
from actions.targets.waiting import held_back_on_paper


def waiting(page_id: int, target_id: int) -> int:
    return db.session.scalar(select(func.count()).where(*_is_ready(page_id, target_id))) or 0


def hindrance(page: Page, target: Target) -> str:
    """What keeps their letters, whatever is ready: stopped, paused, waits, unverified or full; empty for nothing."""
    if stopped_pages() & {None, page.id}:
        return "stopped"
    if not takes_acts(page):
        return "paused"
    if held := held_back_on_paper(target):
        return held.value
    return "full" if left_to(target) == 0 else ""


def lock(target_id: int) -> Target:
    """Its bundles, and its releases by email, take their letters one after the other: so none takes too many."""
    return db.session.get_one(Target, target_id, with_for_update=True, populate_existing=True)


def take(bundle: Bundle, *, by: Actor) -> None:
    """Into one that is locked; those that somebody else holds stay for the next. None where they are kept meanwhile."""
    # News that are being published look for bundles with old letters: they must not miss this one.
    page, target = hold_still(bundle.page_id), lock(bundle.target_id)
    if not hindrance(page, target):
        ready = select(Letter.id).where(*_is_ready(page.id, target.id)).order_by(Letter.release_at, Letter.id)
        # As a CTE it runs once: a plain subquery may run again, and would then find more than the limit.
        these = ready.limit(left_to(target)).with_for_update(skip_locked=True).cte("these")
        taken = select(these.c.id)
        move_all(taken, LetterState.READY, LetterState.RELEASED, by=by, bundle_id=bundle.id, bundled=True)
        db.session.refresh(bundle)
    bundle.number = in_bundle(bundle)
    db.session.flush()
    outbox.nudge(COUNT, lane="letters")


def _is_ready(page_id: int, target_id: int) -> tuple[ColumnElement[bool], ...]:
    """The wait in which its writer can undo it is over."""
    to = Letter.page_id == page_id, Letter.target_id == target_id
    return *to, Letter.state == LetterState.READY, Letter.release_at <= clock.now()
