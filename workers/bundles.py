"""Bundles of letters, a turn at a time so that the lane's mail has its own."""

from actions import outbox
from actions.actors import WORKER
from actions.extensions import celery
from actions.letters import binding
from actions.letters.bundling import TASK
from actions.transaction import transaction
from workers.queues import BULK


@celery.task(name=TASK)
def make(bundle_id: int) -> None:
    if binding.run(bundle_id, by=WORKER):
        with transaction():
            outbox.nudge(TASK, bundle_id, lane=BULK)


@celery.task(name="workers.bundles.sweep")
def sweep() -> None:
    """What a lost nudge or a killed worker left."""
    for bundle_id in binding.under_way():
        make(bundle_id)
