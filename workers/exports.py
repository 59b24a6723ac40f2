"""Exports, a turn at a time so that the lane's mail has its own."""

from actions import outbox
from actions.actors import WORKER
from actions.exports import making
from actions.exports.operations import TASK
from actions.extensions import celery
from actions.transaction import transaction
from workers.queues import BULK


@celery.task(name=TASK)
def run(export_id: int) -> None:
    if making.run(export_id, by=WORKER):
        with transaction():
            outbox.nudge(TASK, export_id, lane=BULK)


@celery.task(name="workers.exports.sweep")
def sweep() -> None:
    """What a lost nudge or a killed worker left, and what has had its day."""
    # First: a table that cannot be made must not keep those of others beyond their day.
    with transaction():
        making.forget_ended(by=WORKER)
    for export_id in making.under_way():
        run(export_id)
