"""What the sweep finds: claims of workers that died or stalled, and rows that are due again. Nothing here commits."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, literal, select, update

from actions.deliveries import operations
from actions.deliveries.kinds import is_followed
from actions.deliveries.models import Delivery, DeliveryState
from workers.sending.ledger import run, tell_ends
from workers.sending.statements import as_state

S = DeliveryState


def expire_leases(*, rest: timedelta, moment: datetime) -> int:
    """Take back what a dead or stalled worker held; how many rows (O-08).

    Claimed: surely not sent, so queued. Transmitting: unknown. It rests before it is tried again, so that a worker
    that only stalled can still say what became of it.
    """
    lapsed = (
        select(Delivery.id)
        .where(Delivery.state.in_([S.CLAIMED, S.TRANSMITTING]), Delivery.lease_until < func.clock_timestamp())
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)
        .cte("lapsed")
    )
    was_sending = Delivery.state == S.TRANSMITTING
    taken_back = (
        update(Delivery)
        .where(Delivery.id == lapsed.c.id)
        .values(
            state=case((was_sending, as_state(S.UNKNOWN)), else_=as_state(S.QUEUED)),
            due_at=case((was_sending, literal(moment + rest)), else_=Delivery.due_at),
            lease_until=None,
        )
        .returning(Delivery.id, Delivery.kind, Delivery.state)
    )
    rows = run(taken_back)
    tell_ends(rows)
    return len(rows)


def requeue(*, kinds: Sequence[str], moment: datetime) -> int:
    """Put back what is due again: deferred rows, and unknown ones of the `kinds` that are repeated; how many.

    An unknown one that is out of time stays unknown for good.
    """
    deferred = and_(Delivery.state == S.DEFERRED, Delivery.due_at <= moment)
    unknown = and_(
        Delivery.state == S.UNKNOWN,
        Delivery.ended_at.is_(None),
        Delivery.due_at <= moment,
        Delivery.kind.in_(kinds),
    )
    ended = (
        update(Delivery)
        .where(unknown, Delivery.give_up_at <= moment)
        .values(ended_at=moment, values_sealed=None)
        .returning(Delivery.id, Delivery.kind)
    )
    operations.tell(row.id for row in run(ended) if is_followed(row.kind))
    again = update(Delivery).values(state=S.QUEUED).returning(Delivery.id)
    return len(run(again.where(deferred))) + len(run(again.where(unknown)))
