"""Letters stopped by a press, all or those of one page: none is released any more, and nothing queued is sent (L-12).

Rows keep their place, so that going on is another press.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, and_, delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert

from actions import clock, outbox
from actions.actors import Actor
from actions.deliveries import operations as deliveries
from actions.deliveries.models import Delivery, Lane
from actions.extensions import db
from actions.letters.models import Letter, LetterStop
from actions.letters.operations import RELEASE
from actions.pages.models import Page
from actions.staff import audit
from actions.targets.hours import is_closed
from actions.targets.models import Target

log = structlog.get_logger()


def stop(page: Page | None, *, by: Actor) -> bool:
    """From now on, all letters or those of `page`. False where they are stopped already."""
    stopped = insert(LetterStop).values(page_id=page and page.id, at=clock.now(), staff_id=by.staff_id)
    if not db.session.scalar(stopped.on_conflict_do_nothing().returning(LetterStop.id)):
        return False
    audit.note("stopped letters", by=by, about=_about(page), after={"stopped": "one page" if page else "all"})
    log.warning("letters are stopped", page=page and page.id, by=by.role.value)
    return True


def go_on(page: Page | None, *, by: Actor) -> bool:
    """False where they are not stopped. A page's own stop outlives that of all."""
    gone = delete(LetterStop).where(LetterStop.page_id.is_not_distinct_from(page and page.id)).returning(LetterStop.id)
    if not db.session.scalar(gone, execution_options={"synchronize_session": False}):
        return False
    audit.note("let letters go on", by=by, about=_about(page), before={"stopped": "one page" if page else "all"})
    deliveries.nudge(Lane.LETTERS)
    outbox.nudge(RELEASE, lane=Lane.LETTERS.value)
    return True


def stops() -> Sequence[LetterStop]:
    """That of all first, then the oldest."""
    there = select(LetterStop).order_by(LetterStop.page_id.is_not(None), LetterStop.at, LetterStop.id)
    return db.session.scalars(there, execution_options={"populate_existing": True}).all()


def stopped_pages() -> set[int | None]:
    """Ids of those whose letters are stopped; None stands for all."""
    return set(db.session.scalars(select(LetterStop.page_id)))


def is_held_back(moment: ColumnElement[datetime]) -> ColumnElement[bool]:
    """In SQL, of a row of deliveries: it is a letter that keeps its place in the queue.

    It is stopped, or its office is closed: one that waited for the relay, or was put off, comes in office hours too.
    """
    its_page = select(Letter.page_id).where(Letter.id == Delivery.about_id).correlate(Delivery).scalar_subquery()
    stopped = exists().where(or_(LetterStop.page_id.is_(None), LetterStop.page_id == its_page))
    closed = exists().where(Target.id == Delivery.target_id, is_closed(moment))
    return and_(Delivery.lane == Lane.LETTERS, or_(stopped, closed))


def _about(page: Page | None) -> tuple[str, int] | None:
    return (Page.__tablename__, page.id) if page else None
