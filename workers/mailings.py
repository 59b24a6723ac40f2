"""A mailing whose every row has ended has ended itself."""

from actions.actors import WORKER
from actions.extensions import celery
from actions.mailings import operations, queries
from actions.transaction import transaction


@celery.task(name="workers.mailings.settle")
def settle() -> None:
    for mailing in queries.under_way():
        with transaction():
            operations.settle(mailing, by=WORKER)
