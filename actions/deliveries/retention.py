"""How long we know whom we wrote to: thirty days, then no more (C-44). A mailing keeps its rows: they are its sum."""

from datetime import timedelta

from sqlalchemy import CursorResult, delete

from actions import clock
from actions.actors import Actor
from actions.config import settings
from actions.deliveries.models import TERMINAL, Delivery
from actions.extensions import db


def forget_ended(*, by: Actor) -> int:  # noqa: ARG001  # as every operation
    """Delete deliveries that ended long ago and belong to no mailing."""
    long_ago = clock.now() - timedelta(days=settings().delivery_days)
    old = delete(Delivery).where(
        Delivery.state.in_(TERMINAL), Delivery.ended_at < long_ago, Delivery.mailing_id.is_(None)
    )
    result = db.session.execute(old, execution_options={"synchronize_session": False})
    return result.rowcount if isinstance(result, CursorResult) else 0
