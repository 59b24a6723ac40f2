"""Bundles of letters, a turn at a time so that the lane's mail has its own."""

from actions import outbox
from actions.actors import WORKER
from actions.deliveries.models import Lane
from actions.extensions import celery
from actions.letters import binding, telling
from actions.letters.bundling import TASK
from actions.restores.operations import holds_back
from actions.transaction import transaction
from workers.queues import BULK


@celery.task(name=TASK)
def make(bundle_id: int) -> None:
    if binding.run(bundle_id, by=WORKER):
        with transaction():
            outbox.nudge(TASK, bundle_id, lane=BULK)


@celery.task(name=telling.TASK)
def tell(bundle_id: int) -> None:
    if _told_some(bundle_id):
        with transaction():
            outbox.nudge(telling.TASK, bundle_id, lane=BULK)


@celery.task(name="workers.bundles.sweep")
def sweep() -> None:
    """What a lost nudge or a killed worker left."""
    for bundle_id in binding.under_way():
        make(bundle_id)
    for bundle_id in telling.under_way():
        _told_some(bundle_id)


def _told_some(bundle_id: int) -> bool:
    """Unless the database was restored and nobody has looked yet: who was told after the backup is unknown (O-18)."""
    with transaction():
        return not holds_back(Lane.BULK) and telling.step(bundle_id, by=WORKER)
