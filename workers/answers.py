"""Did they answer? Writers are asked two weeks after their letters went, and once more where they said "not yet"."""

from actions.actors import WORKER
from actions.answers import operations
from actions.extensions import celery
from actions.transaction import transaction


@celery.task(name="workers.answers.ask")
def ask() -> None:
    with transaction():
        operations.ask_due(by=WORKER)
    with transaction():
        operations.ask_again(by=WORKER)
