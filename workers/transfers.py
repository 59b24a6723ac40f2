"""Imports, a turn at a time so that the lane's mail has its own."""

from actions import outbox
from actions.actors import WORKER
from actions.extensions import celery
from actions.transaction import transaction
from actions.transfers import running
from workers.queues import BULK


@celery.task(name="workers.transfers.run")
def run(transfer_id: int) -> None:
    if running.run(transfer_id, by=WORKER):
        with transaction():
            outbox.nudge("workers.transfers.run", transfer_id, lane=BULK)


@celery.task(name="workers.transfers.sweep")
def sweep() -> None:
    """What a lost nudge or a killed worker left."""
    for transfer_id in running.under_way():
        running.run(transfer_id, by=WORKER)
