"""Letters that are ready go, at the pace that each office takes in; those of pages that ended do not."""

from actions.actors import WORKER
from actions.extensions import celery
from actions.letters import counting, holding, releasing
from actions.letters.operations import RELEASE
from actions.transaction import transaction


@celery.task(name=RELEASE)
def release() -> None:
    with transaction():
        releasing.release_due(by=WORKER)


@celery.task(name="workers.letters.cancel_of_ended_pages")
def cancel_of_ended_pages() -> None:
    with transaction():
        holding.cancel_of_ended_pages(by=WORKER)


@celery.task(name=counting.COUNT)
def count() -> None:
    with transaction():
        counting.count()
