"""Letters that are ready go on their way, at the pace that each office takes in."""

from actions.actors import WORKER
from actions.extensions import celery
from actions.letters import releasing
from actions.transaction import transaction


@celery.task(name="workers.letters.release")
def release() -> None:
    with transaction():
        releasing.release_due(by=WORKER)
