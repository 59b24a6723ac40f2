"""The ledger's transitions, in bulk, each a compare-and-set on state and fence; they are those of deliveries/models.py.

Leases run on PostgreSQL's clock, so no worker's own clock matters. What a person would put on a calendar (due, ended)
comes in as `moment`, from actions/clock.py. Rows are locked in the order of their ids, so that two bulk statements
never wait for each other. Nothing here commits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    Subquery,
    and_,
    any_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, INTEGER
from sqlalchemy.types import BigInteger, DateTime, TypeEngine

from actions.deliveries import operations
from actions.deliveries.identity import newest_key_id
from actions.deliveries.kinds import is_followed, is_repeated
from actions.deliveries.models import TERMINAL, TRANSITIONS, Delivery, DeliveryState, Lane
from actions.extensions import db
from actions.mailings.models import Mailing, MailingState
from actions.mailings.queries import called_back, held_back, wanted
from actions.supporters.models import Supporter
from actions.suppressions.models import Suppression, SuppressionReason

S = DeliveryState
STATE = Delivery.__table__.c.state.type
MOMENT = DateTime(timezone=True)
# What a worker may still speak about: its own claim, or one the sweep has marked unknown meanwhile.
HELD = (S.CLAIMED, S.TRANSMITTING, S.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that is ours as long as nobody else raises its fence."""

    id: int
    fence: int
    kind: str
    queued_at: datetime
    due_at: datetime
    give_up_at: datetime
    attempts: int
    key_id: bytes | None


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

    A paused mailing's rows keep their place; a cancelled one's are taken so that `reserve` ends them.
    """
    due = (
        select(Delivery.id)
        .where(_is_due(lane, moment))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        update(Delivery)
        .where(Delivery.id == due.c.id)
        .values(
            state=S.CLAIMED,
            fence=Delivery.fence + 1,
            lease_until=_until(lease),
            key_id=func.coalesce(Delivery.key_id, newest_key_id()),
        )
        .returning(
            Delivery.id,
            Delivery.fence,
            Delivery.kind,
            Delivery.queued_at,
            Delivery.due_at,
            Delivery.give_up_at,
            Delivery.attempts,
            Delivery.key_id,
        )
    )
    rows = [Claimed(*row) for row in run(taken)]
    return sorted(rows, key=lambda row: (row.due_at, row.id))


def has_due(lane: Lane, moment: datetime) -> bool:
    """Whether a claim may find something: asked before a connection is opened."""
    return bool(db.session.scalar(select(exists().where(_is_due(lane, moment)))))


def extend(claims: Iterable[Claimed], lease: timedelta) -> set[int]:
    """Renew the lease; the ids that are still ours. One that has lapsed is lost, even if nobody took it yet."""
    ours = _locked(_asked(claims), Delivery.state.in_([S.CLAIMED, S.TRANSMITTING]), _lease_stands())
    renewed = update(Delivery).where(Delivery.id == ours.c.id).values(lease_until=_until(lease)).returning(Delivery.id)
    return {row.id for row in run(renewed)}


def reserve(claims: Sequence[Claimed], *, lease: timedelta, moment: datetime) -> set[int]:
    """The last look before the wire (O-04, B-43): the ids that may be sent now, which become `transmitting`.

    The others are ended as suppressed or cancelled, go back to the queue, or are not ours any more. Commit before the
    first message goes: after a crash these rows, and no others, are the ones nobody knows about.
    """
    after = case(
        (called_back(), as_state(S.CANCELLED)),
        (held_back(), as_state(S.QUEUED)),
        (or_(~wanted(), _complained()), as_state(S.SUPPRESSED)),
        else_=as_state(S.TRANSMITTING),
    )
    ours = _locked(_asked(claims), Delivery.state == S.CLAIMED, _lease_stands(), after=after)
    goes = ours.c.after == S.TRANSMITTING
    reserved = (
        update(Delivery)
        .where(Delivery.id == ours.c.id)
        .values(
            state=ours.c.after,
            attempts=Delivery.attempts + case((goes, 1), else_=0),
            lease_until=case((goes, _until(lease))),
            **_ending(ours.c.after, moment),
        )
        .returning(Delivery.id, Delivery.kind, Delivery.state)
    )
    rows = run(reserved)
    tell_ends(rows)
    return {row.id for row in rows if row.state is S.TRANSMITTING}


def settle(verdicts: Sequence[Verdict], *, moment: datetime) -> int:
    """Record what became of claimed rows, in one statement; how many were still ours to speak about.

    An answer that comes after the sweep has marked the row unknown settles it, unless somebody has claimed it again.
    Recording the same twice changes nothing.
    """
    said = _said(verdicts)
    after = case(
        (and_(Delivery.state == S.UNKNOWN, said.c.state == S.DEFERRED), as_state(S.QUEUED)), else_=said.c.state
    )
    ours = _locked(said, Delivery.state.in_(HELD), _is_legal(after), after=after)
    recorded = (
        update(Delivery)
        .where(Delivery.id == ours.c.id)
        .values(
            state=ours.c.after,
            due_at=func.coalesce(ours.c.due_at, Delivery.due_at),
            attempts=Delivery.attempts + ours.c.tries,
            reply_code=func.coalesce(ours.c.code, Delivery.reply_code),
            reply_status=case(
                (ours.c.code.is_(None), func.coalesce(ours.c.status, Delivery.reply_status)), else_=ours.c.status
            ),
            lease_until=None,
            **_ending(ours.c.after, moment),
        )
        .returning(Delivery.id, Delivery.kind, Delivery.state)
    )
    rows = run(recorded)
    tell_ends(rows)
    return len(rows)


def tell_ends(rows: Iterable[Any]) -> None:
    """Whoever follows these emails learns their end, in this transaction."""
    operations.tell(row.id for row in rows if _has_ended(row.kind, row.state) and is_followed(row.kind))


def _has_ended(kind: str, state: DeliveryState) -> bool:
    return state in TERMINAL or (state is S.UNKNOWN and not is_repeated(kind))


def _locked(asked: Subquery, *conditions: ColumnElement[bool], after: ColumnElement[Any] | None = None) -> Any:  # noqa: ANN401  # a CTE, whose columns no type names
    """The rows asked for that we still hold by their fence, locked in the order of their ids."""
    ours = (
        select(Delivery.id, *([] if after is None else [after.label("after")]), *_beyond_key(asked))
        .join(asked, and_(asked.c.id == Delivery.id, asked.c.fence == Delivery.fence))
        .where(*conditions)
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
    )
    return ours.cte("ours")


def _beyond_key(asked: Subquery) -> list[ColumnElement[Any]]:
    return [column for column in asked.c if column.key not in {"id", "fence", "state"}]


def _asked(claims: Iterable[Claimed]) -> Subquery:
    pairs = [(row.id, row.fence) for row in claims]
    return select(
        _unnest([row_id for row_id, _ in pairs], BigInteger()).label("id"),
        _unnest([fence for _, fence in pairs], BigInteger()).label("fence"),
    ).subquery("asked")


def _said(verdicts: Sequence[Verdict]) -> Subquery:
    return select(
        _unnest([said.id for said in verdicts], BigInteger()).label("id"),
        _unnest([said.fence for said in verdicts], BigInteger()).label("fence"),
        cast(_unnest([said.state.value for said in verdicts], String()), STATE).label("state"),
        _unnest([said.due_at for said in verdicts], MOMENT).label("due_at"),
        _unnest([said.code for said in verdicts], INTEGER()).label("code"),
        _unnest([said.status for said in verdicts], String()).label("status"),
        _unnest([said.tries for said in verdicts], INTEGER()).label("tries"),
    ).subquery("said")


def _unnest(values: list[Any], kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return func.unnest(cast(values, ARRAY(kind)), type_=kind)


def _is_due(lane: Lane, moment: datetime) -> ColumnElement[bool]:
    moving = select(Mailing.id).where(Mailing.state.in_([MailingState.SENDING, MailingState.CANCELLED]))
    return and_(
        Delivery.lane == lane,
        Delivery.state == S.QUEUED,
        Delivery.due_at <= moment,
        # An array, so that it is looked up once and not for every row.
        or_(Delivery.mailing_id.is_(None), Delivery.mailing_id == any_(func.array(moving.scalar_subquery()))),
    )


def _is_legal(after: ColumnElement[Any]) -> ColumnElement[bool]:
    """A transition that deliveries/models.py has; any other changes nothing."""
    return or_(
        *(
            and_(Delivery.state == before, after.in_([as_state(state) for state in sorted(afters)]))
            for before, afters in TRANSITIONS.items()
            if afters
        )
    )


def _ending(after: ColumnElement[Any], moment: datetime) -> dict[str, ColumnElement[Any]]:
    """What a row says has no use once it has ended."""
    ended = after.in_([as_state(state) for state in sorted(TERMINAL)])
    return {
        "ended_at": case((ended, literal(moment, MOMENT)), else_=Delivery.ended_at),
        "values_sealed": case((ended, None), else_=Delivery.values_sealed),
    }


def _complained() -> ColumnElement[bool]:
    """In SQL, of a row of deliveries: its reader called us spam, which stops even what they ask for (B-54)."""
    return exists().where(
        Supporter.id == Delivery.supporter_id,
        Suppression.address_hash == Supporter.email_hash,
        Suppression.reason == SuppressionReason.COMPLAINT,
        Suppression.lifted_at.is_(None),
    )


def _lease_stands() -> ColumnElement[bool]:
    return Delivery.lease_until > func.clock_timestamp()


def _until(lease: timedelta) -> ColumnElement[datetime]:
    return func.clock_timestamp(type_=MOMENT) + literal(lease)


def as_state(state: DeliveryState) -> ColumnElement[Any]:
    return literal(state, STATE)


def run(statement: Any) -> Sequence[Any]:  # noqa: ANN401  # an UPDATE … RETURNING, whose rows no type names
    return db.session.execute(statement, execution_options={"synchronize_session": False}).all()
