"""Rows of the ledger, and another worker beside the test."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import text

from actions import clock
from actions.deliveries import composing
from actions.deliveries.models import Delivery, Lane
from actions.extensions import db
from actions.mailings.models import Mailing, MailingKind, MailingState
from actions.supporters.models import Supporter
from tests.factories.emails import confirmation
from tests.factories.supporters import make_supporter

T = TypeVar("T")


def make_delivery(to: Supporter | None = None, **changes: Any) -> Delivery:
    """A confirmation to `to` that is due now."""
    now = clock.now()
    values: dict[str, Any] = {
        "lane": Lane.NOW,
        "kind": "confirmation",
        "language": "en",
        "queued_at": now,
        "due_at": now,
        "give_up_at": now + timedelta(days=1),
    }
    if "target_id" not in changes:
        values["supporter_id"] = (to or make_supporter(f"reader{next_number()}@example.org")).id
    made = Delivery(**(values | changes))
    if made.mailing_id is None and made.values_sealed is None:
        made.values = composing.write_values(confirmation("en", "signup"))
    db.session.add(made)
    db.session.commit()
    return made


def make_mailing(**changes: Any) -> Mailing:
    """One that is being sent; a delivery is made one of its rows by its `mailing_id`."""
    values: dict[str, Any] = {
        "kind": MailingKind.NEWSLETTER,
        "state": MailingState.SENDING,
        "key": f"mailing {next_number()}",
        "rule": {"every": []},
        "created_at": clock.now(),
        "launched_at": clock.now(),
    }
    made = Mailing(**(values | changes))
    db.session.add(made)
    db.session.commit()
    return made


def state_of(delivery: Delivery) -> Delivery:
    """The row as the database has it now."""
    db.session.rollback()
    return db.session.get_one(Delivery, delivery.id, populate_existing=True)


def let_leases_lapse() -> None:
    """As if every worker had been silent for a minute."""
    db.session.execute(
        text(
            "UPDATE deliveries SET lease_until = clock_timestamp() - interval '1 minute' WHERE lease_until IS NOT NULL"
        )
    )
    db.session.commit()


def beside(app: Flask, *jobs: Callable[[], T]) -> list[T]:
    """Run each job as a worker of its own, all at the same moment, each with a connection of its own."""

    def run(job: Callable[[], T]) -> T:
        with app.app_context():
            return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


_numbers = iter(range(1, 10**9))


def next_number() -> int:
    return next(_numbers)
