from actions.deliveries.models import Lane
from actions.deliveries.operations import DRAIN
from actions.extensions import celery
from actions.restores.operations import holds_back
from actions.transaction import transaction
from workers.binding import is_stopping
from workers.sending import dispatch


@celery.task(name=DRAIN)
def drain(lane: str) -> None:
    """Send what is due in the lane, unless the database was restored and nobody has looked yet (O-18)."""
    with transaction():
        is_held = holds_back(Lane(lane))
    if not is_held:
        dispatch.drain(Lane(lane), is_stopping=is_stopping)
