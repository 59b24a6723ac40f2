"""The numbers on the pages."""

from actions.extensions import celery
from actions.site.counting import recount_all, tally_all
from actions.transaction import transaction


@celery.task(name="workers.counts.count")
def count() -> None:
    with transaction():
        tally_all()


@celery.task(name="workers.counts.recount")
def recount() -> None:
    """Nightly: the truth from the rows, so that no error stays."""
    with transaction():
        recount_all()
