"""A second chance for what failed through no fault of its recipient; Message-ID and bytes stay the same."""

from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, CursorResult, and_, func, or_, select, update

from actions import clock
from actions.actors import Actor
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db

# RFC 5321 §4.2.1: from here on the answer is final.
FINAL = 500
# RFC 3463: the relay's own system, its protocol, its policy about us. 5.1.x is about the address, for good.
NOT_ABOUT_THE_ADDRESS = ("5.3.%", "5.5.%", "5.7.%")
log = structlog.get_logger()


def may_be_tried_again() -> ColumnElement[bool]:
    """In SQL, of a row of deliveries: it failed out of time, by a fault of ours, or by the relay's policy."""
    temporary = or_(Delivery.reply_code.is_(None), Delivery.reply_code < FINAL)
    policy = or_(*(Delivery.reply_status.like(one) for one in NOT_ABOUT_THE_ADDRESS))
    about_address = func.coalesce(Delivery.reply_status, "").like("5.1.%")
    return and_(Delivery.state == DeliveryState.FAILED, ~about_address, or_(temporary, policy))


def retry_failed(mailing_id: int, *, until: datetime, by: Actor) -> int:
    """Queue what may be tried again, until `until`; how many."""
    return _retry(and_(Delivery.mailing_id == mailing_id, may_be_tried_again()), until, by)


def retry_refused_since(mailing_id: int, moment: datetime, *, until: datetime, by: Actor) -> int:
    """Queue whatever failed since `moment`, when the relay refused nearly everybody; how many."""
    refused = and_(Delivery.state == DeliveryState.FAILED, Delivery.ended_at >= moment, Delivery.reply_code >= FINAL)
    return _retry(and_(Delivery.mailing_id == mailing_id, refused), until, by)


def _retry(chosen: ColumnElement[bool], until: datetime, by: Actor) -> int:
    # Locked in the order of the ids, as every bulk statement does.
    rows = select(Delivery.id).where(chosen).order_by(Delivery.id).with_for_update().cte("rows")
    again = {
        "state": DeliveryState.QUEUED,
        "due_at": clock.now(),
        "give_up_at": func.greatest(Delivery.give_up_at, until),
        "attempts": 0,
        "ended_at": None,
    }
    result = db.session.execute(
        update(Delivery).where(Delivery.id == rows.c.id).values(again), execution_options={"synchronize_session": False}
    )
    number = result.rowcount if isinstance(result, CursorResult) else 0
    db.session.expire_all()
    log.info("tried again", rows=number, by=by.role.value)
    return number
