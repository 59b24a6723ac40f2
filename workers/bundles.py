"""Bundles of letters, a turn at a time so that the lane's mail has its own."""

from collections.abc import Callable

import structlog

from actions import outbox
from actions.actors import WORKER
from actions.deliveries.models import Lane
from actions.extensions import celery
from actions.letters import binding, telling
from actions.letters.bundling import TASK
from actions.restores.operations import holds_back
from actions.transaction import transaction
from workers.queues import BULK

log = structlog.get_logger()


@celery.task(name=TASK)
def make(bundle_id: int) -> None:
    if binding.run(bundle_id, by=WORKER):
        with transaction():
            outbox.nudge(TASK, bundle_id, lane=BULK)


@celery.task(name=telling.TASK)
def tell(bundle_id: int) -> None:
    if _told_some(bundle_id):
        with transaction():
            outbox.nudge(telling.TASK, bundle_id, lane=BULK)


@celery.task(name="workers.bundles.sweep")
def sweep() -> None:
    """What a lost nudge or a killed worker left."""
    for bundle_id in binding.under_way():
        _by_itself(make, bundle_id)
    for bundle_id in telling.under_way():
        _by_itself(_told_some, bundle_id)


def _by_itself(work: Callable[[int], object], bundle_id: int) -> None:
    try:
        work(bundle_id)
    except Exception as error:  # noqa: BLE001  # whatever it is, it must not hold up any other bundle
        log.error("a bundle was not worked on", bundle=bundle_id, error=type(error).__name__)  # noqa: TRY400  # a traceback may quote a letter


def _told_some(bundle_id: int) -> bool:
    """Unless the database was restored and nobody has looked yet: who was told after the backup is unknown (O-18)."""
    with transaction():
        return not holds_back(Lane.BULK) and telling.step(bundle_id, by=WORKER)
