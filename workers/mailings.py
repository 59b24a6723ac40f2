"""A mailing whose every row has ended has ended itself."""

from sqlalchemy import select

from actions.actors import WORKER
from actions.extensions import celery, db
from actions.mailings import operations
from actions.mailings.models import Mailing, MailingState
from actions.transaction import transaction

UNDER_WAY = (MailingState.SENDING, MailingState.CANCELLED)


@celery.task(name="workers.mailings.settle")
def settle() -> None:
    under_way = select(Mailing.id).where(Mailing.ended_at.is_(None), Mailing.state.in_(UNDER_WAY))
    for mailing_id in db.session.scalars(under_way).all():
        with transaction():
            operations.settle(db.session.get_one(Mailing, mailing_id, with_for_update=True), by=WORKER)
