"""Addresses that our words lead to, asked a few at a time so that the lane's mail has its turn."""

from concurrent.futures import ThreadPoolExecutor, wait

from actions import outbox
from actions.actors import WORKER
from actions.extensions import celery
from actions.links import operations as links
from actions.links.models import Came
from actions.transaction import transaction
from workers.fetching import Fetcher
from workers.queues import LETTERS

AT_ONCE = 8
# For all of them; looking up a host keeps no limit of its own.
SECONDS = 12.0


@celery.task(name=links.TASK)
def check() -> None:
    if check_some(Fetcher()):
        with transaction():
            outbox.nudge(links.TASK, lane=LETTERS)


def check_some(fetcher: Fetcher) -> bool:
    """Whether there may be more."""
    with transaction():
        claimed = links.claim(AT_ONCE, by=WORKER)
    threads = ThreadPoolExecutor(AT_ONCE)
    asked = [(one, threads.submit(fetcher.ask, one.address)) for one in claimed]
    wait([answer for _, answer in asked], timeout=SECONDS)
    threads.shutdown(wait=False, cancel_futures=True)
    with transaction():
        for one, answer in asked:
            came = answer.result() if answer.done() and not answer.cancelled() else links.Answer(Came.UNREACHABLE)
            links.record(one, came, by=WORKER)
    return len(claimed) == AT_ONCE
