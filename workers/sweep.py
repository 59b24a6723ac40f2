"""Finds what a nudge missed. Runs every few seconds, one at a time; twice is harmless (O-12)."""

import structlog
from sqlalchemy import func, select

from actions.clock import clock
from actions.config import settings
from actions.deliveries import operations, queries
from actions.deliveries.kinds import repeated_kinds
from actions.extensions import celery, db
from actions.metrics import count_lease_expiries
from actions.transaction import transaction
from workers.sending import recovery

# "swep" in ASCII: the number that sweeps agree on.
ONE_SWEEP = 0x73776570
# Of a lease: how long a worker that only stalled still has to say what became of a message, before it is sent again.
REST = 2
log = structlog.get_logger()


@celery.task(name="workers.sweep.sweep")
def sweep() -> None:
    with transaction():
        if not db.session.scalar(select(func.pg_try_advisory_xact_lock(ONE_SWEEP))):
            return
        moment = clock.now()
        expired = recovery.expire_leases(rest=REST * settings().lease, moment=moment)
        again = recovery.requeue(kinds=repeated_kinds(), moment=moment)
        for lane in queries.lanes_with_due(moment):
            operations.nudge(lane)
    if expired:
        count_lease_expiries(expired)
        log.warning("leases expired", rows=expired, put_back=again)
