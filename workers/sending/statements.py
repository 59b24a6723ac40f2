"""The ledger's statements, each built once: putting one together costs more than running it.

Every one is a compare-and-set on state and fence, and locks rows in the order of their ids, so that two bulk
statements never wait for each other in a circle.
"""

from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Interval,
    Select,
    String,
    Subquery,
    Update,
    and_,
    any_,
    bindparam,
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
from sqlalchemy.types import BigInteger, DateTime, LargeBinary, TypeEngine

from actions.deliveries.models import TERMINAL, TRANSITIONS, Delivery, DeliveryState, Lane
from actions.letters.stopping import is_held_back
from actions.mailings.models import Mailing, MailingState
from actions.mailings.queries import called_back, held_back, wanted
from actions.supporters.models import Supporter
from actions.suppressions.models import Suppression, SuppressionReason

S = DeliveryState
STATE = Delivery.__table__.c.state.type
ENDS = [literal(state, STATE) for state in sorted(TERMINAL)]
LANE = Delivery.__table__.c.lane.type
MOMENT = bindparam("moment", type_=DateTime(timezone=True))
LEASE = bindparam("lease", type_=Interval())
REPEATED = bindparam("repeated", type_=ARRAY(String()))
# What a worker may still speak about: its own claim, or one the sweep has marked unknown meanwhile.
HELD = (S.CLAIMED, S.TRANSMITTING, S.UNKNOWN)
# In the order of ledger.Claimed.
CLAIMED = (
    *("id", "fence", "kind", "queued_at", "due_at", "give_up_at", "attempts", "key_id", "lane", "language"),
    *("supporter_id", "target_id", "staff_id", "mailing_id", "about_id", "values_sealed"),
)
UNTIL = func.clock_timestamp(type_=DateTime(timezone=True)) + LEASE


@cache
def claim(lane: Lane) -> Update:
    due = (
        select(Delivery.id)
        .where(_is_due(lane))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(bindparam("most", type_=INTEGER()))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    changes = {
        "state": S.CLAIMED,
        "fence": Delivery.fence + 1,
        "lease_until": UNTIL,
        "key_id": func.coalesce(Delivery.key_id, bindparam("newest_key", type_=LargeBinary())),
    }
    taken = update(Delivery).where(Delivery.id == due.c.id).values(changes)
    site = select(Supporter.site_hash).where(Supporter.id == Delivery.supporter_id).scalar_subquery()
    return taken.returning(*(getattr(Delivery, name) for name in CLAIMED), site.label("site"))


@cache
def has_due(lane: Lane) -> Select[Any]:
    return select(exists().where(_is_due(lane)))


@cache
def extend() -> Update:
    ours = _locked(_asked(), Delivery.state.in_([S.CLAIMED, S.TRANSMITTING]), _lease_stands())
    return update(Delivery).where(Delivery.id == ours.c.id).values(lease_until=UNTIL).returning(Delivery.id)


@cache
def reserve() -> Update:
    after = case(
        (called_back(), as_state(S.CANCELLED)),
        (or_(held_back(), is_held_back(MOMENT)), as_state(S.QUEUED)),
        (or_(~wanted(), _complained()), as_state(S.SUPPRESSED)),
        else_=as_state(S.TRANSMITTING),
    )
    ours = _locked(_asked(), Delivery.state == S.CLAIMED, _lease_stands(), after=after)
    goes = ours.c.after == S.TRANSMITTING
    changes = {
        "state": ours.c.after,
        "attempts": Delivery.attempts + case((goes, 1), else_=0),
        "lease_until": case((goes, UNTIL)),
    }
    reserved = update(Delivery).where(Delivery.id == ours.c.id).values(changes | _ending(ours.c.after))
    return reserved.returning(Delivery.id, Delivery.kind, Delivery.state)


@cache
def settle() -> Update:
    said = _said()
    late = and_(Delivery.state == S.UNKNOWN, said.c.state == S.DEFERRED)
    after = case((late, as_state(S.QUEUED)), else_=said.c.state)
    # A letter of no known end is a person's to decide about (L-08): a late answer may end it, and never sends it again.
    goes_again = or_(Delivery.state != S.UNKNOWN, said.c.state.in_(ENDS), Delivery.kind == any_(REPEATED))
    ours = _locked(said, Delivery.state.in_(HELD), goes_again, _is_legal(after), after=after)
    status = case((ours.c.code.is_(None), func.coalesce(ours.c.status, Delivery.reply_status)), else_=ours.c.status)
    changes = {
        "state": ours.c.after,
        "due_at": func.coalesce(ours.c.due_at, Delivery.due_at),
        "attempts": Delivery.attempts + ours.c.tries,
        "reply_code": func.coalesce(ours.c.code, Delivery.reply_code),
        "reply_status": status,
        "lease_until": None,
    }
    recorded = update(Delivery).where(Delivery.id == ours.c.id).values(changes | _ending(ours.c.after))
    return recorded.returning(Delivery.id, Delivery.kind, Delivery.state)


def as_state(state: DeliveryState) -> ColumnElement[Any]:
    return literal(state, STATE)


def _is_due(lane: Lane) -> ColumnElement[bool]:
    moving = select(Mailing.id).where(Mailing.state.in_([MailingState.SENDING, MailingState.CANCELLED]))
    return and_(
        Delivery.lane == literal(lane, LANE),
        Delivery.state == S.QUEUED,
        Delivery.due_at <= MOMENT,
        # An array, so that it is looked up once and not for every row.
        or_(Delivery.mailing_id.is_(None), Delivery.mailing_id == any_(func.array(moving.scalar_subquery()))),
        *([~is_held_back(MOMENT)] if lane is Lane.LETTERS else []),
    )


def _locked(asked: Subquery, *conditions: ColumnElement[bool], after: ColumnElement[Any] | None = None) -> Any:  # noqa: ANN401  # a CTE, whose columns no type names
    """The rows asked for that we still hold by their fence; `after` is the state that each will have."""
    beyond_key = [column for column in asked.c if column.key not in {"id", "fence", "state"}]
    ours = (
        select(Delivery.id, *([] if after is None else [after.label("after")]), *beyond_key)
        .join(asked, and_(asked.c.id == Delivery.id, asked.c.fence == Delivery.fence))
        .where(*conditions)
        .order_by(Delivery.id)
        .with_for_update(of=Delivery)
    )
    return ours.cte("ours")


def _asked() -> Subquery:
    return select(_column("id", BigInteger()), _column("fence", BigInteger())).subquery("asked")


def _said() -> Subquery:
    return select(
        _column("id", BigInteger()),
        _column("fence", BigInteger()),
        cast(_column("state", String()), STATE).label("state"),
        _column("due_at", DateTime(timezone=True)),
        _column("code", INTEGER()),
        _column("status", String()),
        _column("tries", INTEGER()),
    ).subquery("said")


def _column(name: str, kind: TypeEngine[Any]) -> Any:  # noqa: ANN401  # a label, to be cast or selected
    """One list of values, which `all_<name>` holds, as a column."""
    listed = cast(bindparam(f"all_{name}", type_=ARRAY(kind)), ARRAY(kind))
    return func.unnest(listed, type_=kind).label(name)


def _is_legal(after: ColumnElement[Any]) -> ColumnElement[bool]:
    """A transition that deliveries/models.py has; any other changes nothing."""
    return or_(
        *(
            and_(Delivery.state == before, after.in_([as_state(state) for state in sorted(afters)]))
            for before, afters in TRANSITIONS.items()
            if afters
        )
    )


def _ending(after: ColumnElement[Any]) -> dict[str, Any]:
    """What a row says has no use once it has ended."""
    ended = after.in_(ENDS)
    return {
        "ended_at": case((ended, MOMENT), else_=Delivery.ended_at),
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
