from actions.deliveries.models import Lane
from actions.deliveries.operations import DRAIN
from actions.extensions import celery
from workers.binding import is_stopping
from workers.sending import dispatch


@celery.task(name=DRAIN)
def drain(lane: str) -> None:
    """Send what is due in the lane."""
    dispatch.drain(Lane(lane), is_stopping=is_stopping)
