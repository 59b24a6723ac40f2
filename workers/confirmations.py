"""Links that forms asked for; one reminder for what waits, and an end for what nobody confirmed."""

from actions import outbox
from actions.actors import WORKER
from actions.confirmations import operations, requests
from actions.extensions import celery
from actions.held_rows import rows_held
from actions.transaction import transaction


@celery.task(name=requests.ANSWER)
def answer() -> None:
    """Until nothing is left that can be answered."""
    outbox.heard(requests.ANSWER)
    answered = 1
    while answered:
        with transaction(), rows_held():
            answered = requests.answer_requests(by=WORKER)


@celery.task(name="workers.confirmations.remind_and_expire")
def remind_and_expire() -> None:
    with transaction():
        operations.remind(by=WORKER)
    with transaction():
        operations.expire(by=WORKER)
