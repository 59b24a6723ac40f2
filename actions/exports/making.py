"""An export in the background, a batch at a time: killed anywhere, it goes on after the last row that was kept."""

import time
from datetime import timedelta

import structlog
from sqlalchemy import and_, func, or_, select

from actions import clock
from actions.actors import Actor
from actions.exports.models import Export, ExportPart, ExportState
from actions.exports.operations import forget
from actions.exports.rows import batch, on_list, packed
from actions.extensions import db
from actions.lists.models import Subscription
from actions.supporters.models import Supporter
from actions.transaction import transaction

BATCH = 2_000
# Then the lane's other work has its turn, and this one is nudged again.
TURN_SECONDS = 20.0
# From when it is ready.
KEPT = timedelta(hours=24)
log = structlog.get_logger()


def run(export_id: int, *, by: Actor) -> bool:
    """A turn's worth of it, committing each batch; True when more is to be done."""
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        with transaction():
            more = _make(export_id, by=by)
        db.session.expunge_all()
        if not more:
            return False
    return True


def under_way() -> list[int]:
    return list(db.session.scalars(select(Export.id).where(Export.state == ExportState.MAKING)))


def forget_ended(*, by: Actor) -> None:
    """A file's day is over, or it could not be made within one; in a transaction of its own."""
    is_over = and_(Export.state == ExportState.READY, Export.ends_at <= clock.now())
    is_stuck = and_(Export.state == ExportState.MAKING, Export.created_at <= clock.now() - KEPT)
    ended = select(Export).where(or_(is_over, is_stuck))
    for export in db.session.scalars(ended.order_by(Export.id).with_for_update(skip_locked=True)):
        forget(export, by=by)
        log.info("export ended", export=export.id, by=by.role.value)


def _make(export_id: int, *, by: Actor) -> bool:
    """One batch and the resume point in one transaction; False when it is ready, or was removed.

    The export is locked before the list is read: an erasure waits for the batch, and then finds it.
    """
    export = db.session.get(Export, export_id, with_for_update=True, populate_existing=True)
    if export is None or export.state is not ExportState.MAKING:
        return False
    if export.people is None:
        export.people = _number(export.list_id)
    rows = batch(export.list_id, export.after_id, BATCH)
    if not rows:
        export.state, export.ends_at = ExportState.READY, clock.now() + KEPT
        log.info("export ready", export=export.id, people=export.done, by=by.role.value)
        return False
    first, last = rows[0][0], rows[-1][0]
    part = ExportPart(export_id=export.id, number=export.parts, first_id=first, last_id=last, content=packed(rows))
    db.session.add(part)
    export.parts, export.done, export.after_id = export.parts + 1, export.done + len(rows), last
    db.session.flush()
    return True


def _number(list_id: int) -> int:
    counted = select(func.count()).select_from(Subscription).join(Supporter, Supporter.id == Subscription.supporter_id)
    return db.session.scalar(counted.where(*on_list(list_id))) or 0
