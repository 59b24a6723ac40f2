"""The ledger's transitions, in bulk, each a compare-and-set on state and fence; they are those of deliveries/models.py.

Leases run on PostgreSQL's clock, so no worker's own clock matters. What a person would put on a calendar (due, ended)
comes in as `moment`, from actions/clock.py. Nothing here commits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from actions.deliveries import operations
from actions.deliveries.identity import newest_key_id
from actions.deliveries.kinds import is_followed, is_repeated, repeated_kinds
from actions.deliveries.models import TERMINAL, Delivery, DeliveryState, Lane
from actions.extensions import db
from workers.sending import statements

S = DeliveryState


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours as long as nobody else raises its fence, with what its email is put together from."""

    id: int
    fence: int
    kind: str
    queued_at: datetime
    due_at: datetime
    give_up_at: datetime
    attempts: int
    key_id: bytes | None
    lane: Lane
    language: str
    supporter_id: int | None = None
    target_id: int | None = None
    staff_id: int | None = None
    mailing_id: int | None = None
    about_id: int | None = None
    values_sealed: bytes | None = None
    # Its reader's destination site, as a keyed hash; None for a target.
    site: bytes | None = None

    @property
    def values(self) -> str | None:
        """Raises CannotDecrypt."""
        return Delivery.values.open(self.values_sealed, self.id)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a claimed row. `tries` is added to its attempts: -1 for one reserved and never tried."""

    id: int
    fence: int
    state: DeliveryState
    due_at: datetime | None = None
    code: int | None = None
    status: str | None = None
    tries: int = 0


def claim(lane: Lane, *, most: int, lease: timedelta, moment: datetime) -> list[Claimed]:
    """Take up to `most` due rows that no other worker has; the oldest first.

    A paused mailing's rows, stopped letters and those to an office that is closed keep their place; a cancelled one's
    are taken so that `reserve` ends them.
    """
    said = {"most": most, "lease": lease, "moment": moment, "newest_key": newest_key_id()}
    rows = [Claimed(*row) for row in run(statements.claim(lane), **said)]
    return sorted(rows, key=lambda row: (row.due_at, row.id))


def has_due(lane: Lane, moment: datetime) -> bool:
    """Whether a claim may find something: asked before a connection is opened."""
    return bool(db.session.scalar(statements.has_due(lane), {"moment": moment}))


def extend(claims: Iterable[Claimed], lease: timedelta) -> set[int]:
    """Renew the lease; the ids that are still ours. One that has lapsed is lost, even if nobody took it yet."""
    return {row.id for row in run(statements.extend(), lease=lease, **_keys(claims))}


def reserve(claims: Sequence[Claimed], *, lease: timedelta, moment: datetime) -> set[int]:
    """The last look before the wire (O-04, B-43): the ids that may be sent now, which become `transmitting`.

    The others are ended as suppressed or cancelled, go back to the queue, or are not ours any more. Commit before the
    first message goes: after a crash these rows, and no others, are the ones nobody knows about.
    """
    rows = run(statements.reserve(), lease=lease, moment=moment, **_keys(claims))
    tell_ends(rows)
    return {row.id for row in rows if row.state is S.TRANSMITTING}


def settle(verdicts: Sequence[Verdict], *, moment: datetime) -> int:
    """Record what became of claimed rows, in one statement; how many were still ours to speak about.

    An answer that comes after the sweep has marked the row unknown settles it, unless somebody has claimed it again; of
    a kind that is never repeated only one that ends it does.
    Recording the same twice changes nothing.
    """
    rows = run(
        statements.settle(),
        moment=moment,
        repeated=repeated_kinds(),
        all_id=[said.id for said in verdicts],
        all_fence=[said.fence for said in verdicts],
        all_state=[said.state.value for said in verdicts],
        all_due_at=[said.due_at for said in verdicts],
        all_code=[said.code for said in verdicts],
        all_status=[said.status for said in verdicts],
        all_tries=[said.tries for said in verdicts],
    )
    tell_ends(rows)
    return len(rows)


def tell_ends(rows: Iterable[Any]) -> None:
    """Whoever follows these emails learns their end, in this transaction."""
    operations.tell(row.id for row in rows if _has_ended(row.kind, row.state) and is_followed(row.kind))


def run(statement: Any, **values: Any) -> Sequence[Any]:  # noqa: ANN401  # an UPDATE … RETURNING, whose rows no type names
    # On the connection: the session would look for its own copies of these rows, and has none.
    return db.session.connection().execute(statement, values).all()


def _has_ended(kind: str, state: DeliveryState) -> bool:
    return state in TERMINAL or (state is S.UNKNOWN and not is_repeated(kind))


def _keys(claims: Iterable[Claimed]) -> dict[str, list[int]]:
    rows = list(claims)
    return {"all_id": [row.id for row in rows], "all_fence": [row.fence for row in rows]}
