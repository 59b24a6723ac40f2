"""Pages that were given a date open on it."""

from actions.actors import WORKER
from actions.extensions import celery
from actions.pages.scheduling import due_drafts, open_if_ready
from actions.transaction import transaction


@celery.task(name="workers.pages.open_due")
def open_due() -> None:
    for page in due_drafts():
        with transaction():
            open_if_ready(page, by=WORKER)
