"""One reminder for what waits, and an end for what nobody confirmed."""

from actions.actors import WORKER
from actions.confirmations import operations
from actions.extensions import celery
from actions.transaction import transaction


@celery.task(name="workers.confirmations.remind_and_expire")
def remind_and_expire() -> None:
    with transaction():
        operations.remind(by=WORKER)
    with transaction():
        operations.expire(by=WORKER)
