from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from actions import clock
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.extensions import db


def about(kind: str, about_id: int) -> Sequence[Delivery]:
    """All emails of a kind about one thing, oldest first."""
    return db.session.scalars(
        select(Delivery).where(Delivery.kind == kind, Delivery.about_id == about_id).order_by(Delivery.id)
    ).all()


def states_of_mailing(mailing_id: int) -> dict[DeliveryState, int]:
    """How many of a mailing's deliveries are in each state. Scans the mailing's rows: for status, not for pages."""
    counted = select(Delivery.state, func.count()).where(Delivery.mailing_id == mailing_id).group_by(Delivery.state)
    return {row[0]: row[1] for row in db.session.execute(counted)}


def lanes_with_due(moment: datetime) -> list[Lane]:
    """The lanes that have something to do at `moment`."""
    return [lane for lane in Lane if oldest_due(lane, moment) is not None]


def is_crowded(lane: Lane, most: int) -> bool:
    """Whether more than `most` emails wait in it for their turn."""
    due = select(Delivery.id).where(Delivery.lane == lane, Delivery.state == DeliveryState.QUEUED)
    return len(db.session.scalars(due.where(Delivery.due_at <= clock.now()).limit(most + 1)).all()) > most


def oldest_due(lane: Lane, moment: datetime) -> datetime | None:
    """Since when the lane's oldest delivery has waited for its turn."""
    return db.session.scalar(
        select(func.min(Delivery.due_at)).where(
            Delivery.lane == lane, Delivery.state == DeliveryState.QUEUED, Delivery.due_at <= moment
        )
    )


def queued_about(kind: str, about_id: int) -> Delivery | None:
    """The email of this kind about this row that nobody has claimed yet, so that more can be said in it."""
    wanted = select(Delivery).where(
        Delivery.kind == kind, Delivery.about_id == about_id, Delivery.state == DeliveryState.QUEUED
    )
    return db.session.scalars(wanted.order_by(Delivery.id).limit(1)).one_or_none()
