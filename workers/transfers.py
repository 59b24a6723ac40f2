"""Imports, a turn at a time so that the lane's other work has its own."""

from actions.actors import WORKER
from actions.extensions import celery
from actions.transaction import transaction
from actions.transfers import receiving, running


@celery.task(name=running.TASK)
def run(transfer_id: int, rows_done: int) -> None:
    next_row = running.run(transfer_id, rows_done, by=WORKER)
    if next_row is not None:
        with transaction():
            running.nudge(transfer_id, next_row)


@celery.task(name="workers.transfers.sweep")
def sweep() -> None:
    """What a lost nudge, a killed worker or an upload that broke off left."""
    with transaction():
        receiving.forget_broken_off(by=WORKER)
        for transfer_id, rows_done in running.under_way():
            running.nudge(transfer_id, rows_done)
