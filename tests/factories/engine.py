"""One step of the engine each, committed as the loop commits it."""

from collections.abc import Sequence
from datetime import timedelta

from actions import clock
from actions.deliveries import kinds
from actions.deliveries.kinds import Kind
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.extensions import db
from workers.sending import ledger, recovery
from workers.sending.ledger import Claimed, Verdict

LEASE = timedelta(seconds=30)


def claim(lane: Lane = Lane.NOW, most: int = 100) -> list[Claimed]:
    claimed = ledger.claim(lane, most=most, lease=LEASE, moment=clock.now())
    db.session.commit()
    return claimed


def reserve(claims: Sequence[Claimed]) -> set[int]:
    reserved = ledger.reserve(claims, lease=LEASE, moment=clock.now())
    db.session.commit()
    return reserved


def settle(*verdicts: Verdict) -> int:
    settled = ledger.settle(verdicts, moment=clock.now())
    db.session.commit()
    return settled


def expire() -> int:
    expired = recovery.expire_leases(rest=timedelta(0), moment=clock.now())
    db.session.commit()
    return expired


def requeue() -> int:
    put_back = recovery.requeue(kinds=kinds.repeated_kinds(), moment=clock.now())
    db.session.commit()
    return put_back


def on_the_wire(delivery: Delivery) -> Claimed:
    (claimed,) = claim(delivery.lane)
    assert reserve([claimed]) == {delivery.id}
    return claimed


def follow(name: str, *, repeats_unknown: bool) -> list[tuple[int, DeliveryState]]:
    """A kind whose ends are written into the list that this gives back."""
    told: list[tuple[int, DeliveryState]] = []
    kinds.register(
        Kind(
            name=name,
            lane=Lane.NOW,
            compose=lambda _: {},
            on_outcome=lambda delivery, state: told.append((delivery.id, state)),
            repeats_unknown=repeats_unknown,
        )
    )
    return told
