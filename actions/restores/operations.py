"""Restore safety (O-18): a backup that was put back sends nothing by itself that may have been sent before."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from actions import clock
from actions.actors import WORKER, Actor
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.deliveries.operations import tell
from actions.extensions import db
from actions.mailings import operations as mailings
from actions.mailings import scheduling
from actions.mailings.models import Held
from actions.restores import withdrawals, witness
from actions.restores.models import RestoreMark

THE_ONE = 1
# A transaction may commit after a later one has been logged, and the clocks of two machines differ.
OVERLAP = timedelta(minutes=2)
S = DeliveryState
WAITING = (S.QUEUED, S.CLAIMED, S.TRANSMITTING, S.DEFERRED)
log = structlog.get_logger()


def holds_back(lane: Lane, *, by: Actor = WORKER) -> bool:
    """Whether nothing of `lane` may be sent before a person has looked: asked before each claim of bulk and letters.

    The first who asks after a restore pauses the mailings. Confirmations go on: people ask for them, and a second
    copy does no harm.
    """
    if lane is Lane.NOW:
        return False
    # Read outside first: the database is written first, so what is read there afterwards is never behind by itself.
    outside = witness.mark()
    row = _row()
    if row is None:
        return False
    if row.restored_at is None and outside is not None and outside > row.mark:
        note_restore(by=by)
    return row.restored_at is not None


def advance(*, by: Actor = WORKER) -> int | None:
    """One mark more, with what was withdrawn meanwhile in the log; `witness.keep` it after the commit.

    None where the database is behind: then it was restored, and that is noted instead.
    """
    outside = witness.mark()
    row = _row(lock=True)
    if row is not None and outside is not None and outside > row.mark:
        note_restore(by=by)
        return None
    now = clock.now()
    if row is None:
        first = insert(RestoreMark).values(id=THE_ONE, mark=(outside or 0) + 1, marked_at=now, logged_until=now)
        db.session.execute(first.on_conflict_do_nothing())
        return (outside or 0) + 1
    witness.write(withdrawals.since((row.logged_until or now) - OVERLAP))
    row.mark, row.marked_at, row.logged_until = row.mark + 1, now, now
    db.session.flush()
    return row.mark


def note_restore(*, by: Actor) -> None:
    """Hold all mailings and letters, and do again what people took back after the backup was made. Twice is once."""
    row = _row(lock=True)
    if row is None:
        db.session.add(RestoreMark(id=THE_ONE, mark=0, marked_at=clock.now()))
        db.session.flush()
        row = _row(lock=True)
    if row is None or row.restored_at is not None:
        return
    row.restored_at, row.lost_since = clock.now(), row.marked_at
    row.mark = max(row.mark, witness.mark() or 0) + 1
    held = mailings.hold_all(Held.RESTORED, by=by)
    scheduling.call_back_all(by=by)
    done = do_again(row.lost_since, by=by)
    db.session.flush()
    log.error("the database was restored: mailings and letters are held", mailings=len(held), withdrawn=done)


def do_again(lost_since: datetime, *, by: Actor) -> int:
    return withdrawals.do_again(witness.read(lost_since - OVERLAP), by=by)


def go_on(*, by: Actor) -> int:
    """A person has looked: letters and new mailings go again; a mailing that is paused is resumed one by one.

    A letter that was waiting may have been sent before, and never goes twice: it waits for a person, as any whose end
    is unknown. How many those are.
    """
    row = _row(lock=True)
    if row is None or row.restored_at is None:
        return 0
    unknown = (
        update(Delivery)
        .where(Delivery.lane == Lane.LETTERS, Delivery.state.in_(WAITING), Delivery.queued_at <= row.restored_at)
        .values(state=S.UNKNOWN, lease_until=None, fence=Delivery.fence + 1)
        .returning(Delivery.id)
    )
    letters = list(db.session.scalars(unknown, execution_options={"synchronize_session": False}))
    tell(letters)
    row.restored_at = None
    db.session.flush()
    log.info("goes on after a restore", letters=len(letters), by=by.role.value)
    return len(letters)


def standing_restore() -> RestoreMark | None:
    """The row, while a restore waits for a person."""
    row = _row()
    return row if row is not None and row.restored_at is not None else None


def _row(*, lock: bool = False) -> RestoreMark | None:
    wanted = select(RestoreMark).where(RestoreMark.id == THE_ONE)
    wanted = wanted.with_for_update() if lock else wanted
    return db.session.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()
