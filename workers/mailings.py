"""A mailing starts at its time; one whose every row has ended has ended itself; a large one is counted meanwhile."""

from actions.actors import WORKER
from actions.extensions import celery
from actions.mailings import operations, queries
from actions.mailings.scheduling import launch_due
from actions.mailings.summing import count_if_due
from actions.transaction import transaction


@celery.task(name="workers.mailings.start")
def start() -> None:
    for mailing in queries.due():
        with transaction():
            launch_due(mailing, by=WORKER)


@celery.task(name="workers.mailings.settle")
def settle() -> None:
    for mailing in queries.under_way():
        with transaction():
            operations.settle(mailing, by=WORKER)


@celery.task(name="workers.mailings.count")
def count() -> None:
    for mailing in queries.to_be_counted():
        with transaction():
            count_if_due(mailing)
