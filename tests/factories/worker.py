"""What a worker does when it is nudged, done at once."""

from actions.actors import WORKER
from actions.confirmations import requests
from actions.transaction import transaction


def answer_requests() -> None:
    """Mail the links that forms asked for."""
    with transaction():
        requests.answer_requests(by=WORKER)
