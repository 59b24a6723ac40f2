"""Did they answer? Writers are asked two weeks after their letters went, and once more where they said "not yet"."""

from actions.actors import WORKER
from actions.answers import operations
from actions.deliveries.models import Lane
from actions.extensions import celery
from actions.restores.operations import holds_back
from actions.transaction import transaction


@celery.task(name="workers.answers.ask")
def ask() -> None:
    """Unless the database was restored and nobody has looked yet: who was asked after the backup is unknown (O-18)."""
    with transaction():
        is_held = holds_back(Lane.LETTERS)
    if is_held:
        return
    with transaction():
        operations.ask_due(by=WORKER)
    with transaction():
        operations.ask_again(by=WORKER)
