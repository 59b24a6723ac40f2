"""Keeps the mark by which a restored database is known a few seconds old."""

from actions.extensions import celery
from actions.restores import operations, witness
from actions.transaction import transaction


@celery.task(name="workers.restores.mark")
def mark() -> None:
    with transaction():
        number = operations.advance()
    if number is not None:
        witness.keep(number)
