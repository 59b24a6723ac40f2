from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from actions import clock, outbox
from actions.actors import Actor
from actions.extensions import db
from actions.links.models import Came, LinkCheck

TASK = "workers.links.check"
# An index entry holds no more, and no honest link is longer.
LONGEST = 2000
MOST = 200
# A worker that has not said anything for so long is gone.
LOST_AFTER = timedelta(minutes=2)
KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Answer:
    """What came; `status` and `leads_to` where it answered."""

    came: Came
    status: int | None = None
    leads_to: str | None = None


def ask(addresses: Iterable[str], *, by: Actor) -> int:
    """Have a worker ask for each of them once; how many. Those that wait already go on waiting."""
    wanted = [address for address in dict.fromkeys(addresses) if can_be_asked(address)][:MOST]
    if wanted:
        rows = insert(LinkCheck).values([{"address": one, "asked_at": clock.now()} for one in wanted])
        again = {
            "asked_at": rows.excluded.asked_at,
            **dict.fromkeys(("claimed_at", "checked_at", "came", "status", "leads_to")),
        }
        db.session.execute(
            rows.on_conflict_do_update(index_elements=["address"], set_=again, where=LinkCheck.checked_at.is_not(None))
        )
        outbox.nudge(TASK, lane="letters")
    return len(wanted)


def can_be_asked(address: str) -> bool:
    return len(address.encode()) <= LONGEST


def claim(most: int, *, by: Actor) -> Sequence[LinkCheck]:
    """What waits longest, for this worker alone."""
    now = clock.now()
    is_free = or_(LinkCheck.claimed_at.is_(None), LinkCheck.claimed_at < now - LOST_AFTER)
    waiting = select(LinkCheck.id).where(LinkCheck.checked_at.is_(None), is_free).order_by(LinkCheck.id).limit(most)
    taken = (
        update(LinkCheck)
        .where(LinkCheck.id.in_(waiting.with_for_update(skip_locked=True)))
        .values(claimed_at=now)
        .returning(LinkCheck)
    )
    return db.session.scalars(taken, execution_options={"populate_existing": True}).all()


def record(check: LinkCheck, answer: Answer, *, by: Actor) -> None:
    values = {"came": answer.came, "status": answer.status, "leads_to": answer.leads_to, "checked_at": clock.now()}
    db.session.execute(update(LinkCheck).where(LinkCheck.id == check.id).values(values))


def forget_old(*, by: Actor) -> None:
    db.session.execute(delete(LinkCheck).where(LinkCheck.asked_at < clock.now() - KEPT_FOR))
