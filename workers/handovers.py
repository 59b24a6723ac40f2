"""Petitions to be sealed: the whole list is read once, which takes a minute for a million signers."""

from actions.actors import WORKER
from actions.extensions import celery
from actions.signatures import handing_over
from actions.transaction import transaction


@celery.task(name=handing_over.TASK)
def seal(handover_id: int) -> None:
    with transaction():
        handing_over.seal(handover_id, by=WORKER)


@celery.task(name="workers.handovers.sweep")
def sweep() -> None:
    """What a lost nudge or a killed worker left."""
    for handover_id in handing_over.unsealed():
        seal(handover_id)
