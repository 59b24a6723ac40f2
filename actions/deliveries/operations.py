from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.exc import InterfaceError, OperationalError

from actions import outbox
from actions.actors import Actor
from actions.clock import clock
from actions.config import settings
from actions.deliveries import composing
from actions.deliveries.kinds import kind_of, where_raised
from actions.deliveries.models import TERMINAL, TRANSITIONS, Delivery, DeliveryState, Lane
from actions.encryption import next_ids, place, ring
from actions.extensions import db
from actions.staff.models import Staff
from actions.supporters.models import Supporter
from actions.targets.models import Target
from email_templates.catalogue import Email

DRAIN = "workers.deliver.drain"
log = structlog.get_logger()


def queue(
    email: Email,
    *,
    to: Supporter | Target | Staff,
    lane: Lane,
    about_id: int | None = None,
    due_at: datetime | None = None,
    address: str | None = None,
    by: Actor,
) -> Delivery:
    """One email to one address, on its way once this transaction commits; not before `due_at` where one is given.

    The address is read when it is sent. `address` is for the one case in which it is gone by then: the last mail to
    somebody who had everything erased.
    """
    now = clock.now()
    due = max(due_at or now, now)
    delivery = _delivery(email, to, lane, due, about_id=about_id, address=address)
    db.session.add(delivery)
    db.session.flush()
    if due <= now:
        nudge(lane)
    log.info("queued", delivery=delivery.id, kind=delivery.kind, lane=lane.value, by=by.role.value)
    return delivery


def queue_all(mails: Sequence[tuple[Email, Target, int]], *, lane: Lane, by: Actor) -> None:
    """As `queue`, for many to targets at once, by two statements: (email, to whom, about which)."""
    due = clock.now()
    drawn = next_ids(Delivery.__tablename__, len(mails))
    made = [
        _delivery(email, to, lane, due, about_id=about_id, id=row_id)
        for row_id, (email, to, about_id) in zip(drawn, mails, strict=True)
    ]
    db.session.add_all(made)
    db.session.flush()
    nudge(lane)
    for one in made:
        log.info("queued", delivery=one.id, kind=one.kind, lane=lane.value, by=by.role.value)


def nudge(lane: Lane) -> None:
    """Wake the lane's worker after the commit."""
    outbox.nudge(DRAIN, lane.value, lane=lane.value)


def give_up_at(lane: Lane, start: datetime) -> datetime:
    """Until when a delivery that is put off is tried again (B-62)."""
    chosen = settings()
    patience = {Lane.NOW: chosen.give_up_now, Lane.LETTERS: chosen.give_up_letters, Lane.BULK: chosen.give_up_bulk}
    return start + patience[lane]


def replace_values(delivery: Delivery, email: Email, *, by: Actor) -> bool:
    """Say something else in an email that nobody has tried to send yet. False if it is too late for that."""
    sealed = ring.seal(composing.write_values(email), place("deliveries", "values_sealed", delivery.id))
    changed = _changed(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.state == DeliveryState.QUEUED, Delivery.attempts == 0)
        .where(Delivery.kind == email.folder)
        .values(values_sealed=sealed, language=email.language)
    )
    log.info("values replaced", delivery=delivery.id, done=bool(changed), by=by.role.value)
    return bool(changed)


def cancel(delivery_ids: Collection[int], *, by: Actor) -> int:
    """Call back what is not on the wire yet; how many were. The caller knows, so `on_outcome` is not called."""
    cancelled = _cancel(Delivery.id.in_(delivery_ids))
    log.info("cancelled", asked=len(delivery_ids), cancelled=cancelled, by=by.role.value)
    return cancelled


def cancel_of_mailing(mailing_id: int, *, by: Actor) -> int:
    """Call back all of a mailing that is not on the wire yet; how many were."""
    cancelled = _cancel(Delivery.mailing_id == mailing_id)
    log.info("mailing cancelled", mailing=mailing_id, cancelled=cancelled, by=by.role.value)
    return cancelled


def record_outcome(
    delivery_id: int,
    state: DeliveryState,
    *,
    reply_code: int | None = None,
    reply_status: str | None = None,
    is_known: bool = False,
    by: Actor,
) -> bool:
    """What became of a delivery, from elsewhere than the wire: a person who settles an unknown one.

    False if it is in no state from which `state` may follow. `on_outcome` of its kind runs in this transaction, unless
    the caller knows what follows.
    """
    ended = {"ended_at": clock.now(), "values_sealed": None} if state in TERMINAL else {}
    changed = _changed(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state.in_(_states_before(state)))
        .values(state=state, reply_code=reply_code, reply_status=reply_status, **ended)
    )
    if changed and not is_known:
        tell([delivery_id])
    log.info("outcome", delivery=delivery_id, state=state.value, done=bool(changed), by=by.role.value)
    return bool(changed)


def tell(delivery_ids: Iterable[int]) -> None:
    """Call `on_outcome` of each delivery's kind with the state it has now.

    What is on the wire cannot be called back: a handler that fails loses its own changes, not the outcome. Raises
    OperationalError or InterfaceError where the database went away in the middle, which is nobody's handler's fault.
    """
    for delivery_id in delivery_ids:
        delivery = db.session.get_one(Delivery, delivery_id, populate_existing=True)
        on_outcome = kind_of(delivery.kind).on_outcome
        if on_outcome is None:
            continue
        try:
            with db.session.begin_nested():
                on_outcome(delivery, delivery.state)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001  # whatever a handler raises, the outcome stands
            log.warning("on_outcome failed", delivery=delivery_id, kind=delivery.kind, fault=where_raised(error))


def _delivery(
    email: Email,
    to: Supporter | Target | Staff,
    lane: Lane,
    due: datetime,
    *,
    about_id: int | None,
    address: str | None = None,
    **drawn: int,
) -> Delivery:
    made = Delivery(
        lane=lane,
        kind=email.folder,
        language=email.language,
        supporter_id=to.id if isinstance(to, Supporter) else None,
        target_id=to.id if isinstance(to, Target) else None,
        staff_id=to.id if isinstance(to, Staff) else None,
        about_id=about_id,
        queued_at=due,
        due_at=due,
        give_up_at=give_up_at(lane, due),
        **drawn,
    )
    made.values = composing.write_values(email, address)
    return made


def _cancel(chosen: ColumnElement[bool]) -> int:
    # Locked in the order of the ids, as every bulk statement does, so that none waits for another in a circle.
    rows = (
        select(Delivery.id)
        .where(chosen, Delivery.state.in_(_states_before(DeliveryState.CANCELLED)))
        .order_by(Delivery.id)
        .with_for_update()
        .cte("rows")
    )
    ending = {"state": DeliveryState.CANCELLED, "ended_at": clock.now(), "values_sealed": None}
    return _changed(update(Delivery).where(Delivery.id == rows.c.id).values(ending))


def _states_before(state: DeliveryState) -> list[DeliveryState]:
    return [before for before, after in TRANSITIONS.items() if state in after]


def _changed(statement: object) -> int:
    result = db.session.execute(statement, execution_options={"synchronize_session": "fetch"})  # type: ignore[call-overload]  # an UPDATE; its type parameter says nothing here
    return result.rowcount if isinstance(result, CursorResult) else 0
