"""Letters that are ready go, at the pace that each office takes in; those of pages that ended do not."""

from actions import outbox
from actions.actors import WORKER
from actions.deliveries.models import Lane
from actions.extensions import celery
from actions.held_rows import rows_held
from actions.letters import counting, holding, releasing
from actions.letters.operations import RELEASE
from actions.restores.operations import holds_back
from actions.transaction import transaction
from workers.queues import LETTERS


@celery.task(name=RELEASE)
def release() -> None:
    with transaction(), rows_held():
        releasing.release_due(by=WORKER)


@celery.task(name="workers.letters.cancel_of_ended_pages")
def cancel_of_ended_pages() -> None:
    with transaction():
        holding.cancel_of_ended_pages(by=WORKER)


@celery.task(name=holding.TELL)
def tell() -> None:
    """Unless the database was restored and nobody has looked yet: who was told after the backup is unknown (O-18)."""
    with transaction(), rows_held():
        if not holds_back(Lane.LETTERS) and holding.tell_some(by=WORKER):
            outbox.nudge(holding.TELL, lane=LETTERS)


@celery.task(name=counting.COUNT)
def count() -> None:
    with transaction():
        counting.count()
