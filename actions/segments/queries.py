from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    and_,
    column,
    exists,
    false,
    func,
    not_,
    or_,
    select,
    table,
    true,
)

from actions import clock
from actions.consents.queries import wants_case_news
from actions.deliveries.models import Delivery
from actions.extensions import db, is_one_of
from actions.letters.models import Letter, LetterState
from actions.lists.models import Subscription, SubscriptionState
from actions.segments.models import Segment
from actions.segments.rules import (
    Acted,
    ActiveWithin,
    ActKind,
    CameBy,
    Every,
    HasTag,
    JoinedWithin,
    LivesIn,
    MailedWithin,
    Not,
    OnList,
    Reads,
    Rule,
    Share,
    Some,
    WantsNews,
)
from actions.signatures.models import Signature, SignatureState
from actions.supporters.models import Supporter, SupporterState
from actions.suppressions.queries import suppressed
from actions.tags.models import Tagging
from actions.tags.queries import family_of

# The room above: only its launches are asked for.
MAILINGS = table("mailings", column("id", BigInteger), column("launched_at", DateTime(timezone=True)))
HIGHEST = 2**63 - 1
# A letter that went, goes, or waits to go. What was given back to its writer is not done yet.
WRITTEN = (LetterState.READY, LetterState.RELEASED, LetterState.SENT, LetterState.HELD, LetterState.UNKNOWN)


def supporter_ids(rule: Rule) -> Select[int]:
    """The one SELECT: active supporters that the rule picks, without any suppressed address."""
    return select(Supporter.id).where(may_be_mailed(), condition(rule))


def how_many(rule: Rule) -> int:
    return db.session.scalars(select(func.count()).select_from(supporter_ids(rule).subquery())).one()


def may_be_mailed() -> ColumnElement[bool]:
    """In SQL, of a row of supporters: proved their mailbox, was not erased, and wants mail at all."""
    return and_(Supporter.state == SupporterState.ACTIVE, not_(suppressed(Supporter.email_hash)))  # type: ignore[arg-type]  # an active supporter has a hash


def condition(rule: Rule) -> ColumnElement[bool]:  # noqa: C901, PLR0911, PLR0912  # one case for each kind of rule
    """In SQL, of a row of supporters."""
    match rule:
        case OnList(list_id):
            return is_on_list(list_id)
        case Acted(page_id, kind, days):
            return has_acted(page_id, kind, days)
        case WantsNews(page_id):
            return wants_case_news(page_id)
        case HasTag(tag_id):
            return has_tag(tag_id)
        case LivesIn(countries):
            return func.coalesce(Supporter.country, "").in_(countries)
        case Reads(languages):
            return Supporter.language.in_(languages)
        case CameBy(source):
            return Supporter.source == source
        case JoinedWithin(days):
            return Supporter.created_at > _days_ago(days)
        case ActiveWithin(days):
            return func.coalesce(Supporter.last_active_at, Supporter.created_at) > _days_ago(days)
        case MailedWithin(days):
            return was_mailed_since(_days_ago(days))
        case Share(percent, draw):
            return is_drawn(percent, draw)
        case Not(Acted(page_id, ActKind.ANY, days)):
            # PostgreSQL joins against each of two refusals; one refusal of either it asks a million times.
            kinds = (ActKind.SIGNED, ActKind.WROTE)
            return and_(*(not_(has_acted(page_id, kind, days)) for kind in kinds))
        case Not(inner):
            return not_(condition(inner))
        case Every(rules):
            return and_(true(), *map(condition, rules))
        case Some(rules):
            return or_(false(), *map(condition, rules))


def is_on_list(list_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(
        Subscription.list_id == list_id,
        Subscription.supporter_id == Supporter.id,
        Subscription.state == SubscriptionState.ACTIVE,
    )


def has_tag(tag_id: int) -> ColumnElement[bool]:
    """Asked for by all its names: a tag that was put together with another has some people under each."""
    return exists().where(is_one_of(Tagging.tag_id, family_of(tag_id)), Tagging.supporter_id == Supporter.id)


def has_acted(page_id: int, kind: ActKind = ActKind.ANY, days: int | None = None) -> ColumnElement[bool]:
    since = _days_ago(days) if days is not None else None
    signed = exists().where(
        Signature.page_id == page_id,
        Signature.supporter_id == Supporter.id,
        Signature.state == SignatureState.COUNTED,
        true() if since is None else Signature.counted_at > since,
    )
    wrote = exists().where(
        Letter.page_id == page_id,
        Letter.supporter_id == Supporter.id,
        Letter.state.in_(WRITTEN),
        true() if since is None else Letter.created_at > since,
    )
    return {ActKind.SIGNED: signed, ActKind.WROTE: wrote, ActKind.ANY: or_(signed, wrote)}[kind]


def was_mailed_since(moment: datetime) -> ColumnElement[bool]:
    """The few mailings first, so that of ten million rows only theirs are read."""
    recent = func.array(select(MAILINGS.c.id).where(MAILINGS.c.launched_at > moment).scalar_subquery())
    readers = select(Delivery.supporter_id).where(
        Delivery.mailing_id == func.any(recent), Delivery.supporter_id.is_not(None)
    )
    return Supporter.id.in_(readers)


def is_drawn(percent: int, draw: int) -> ColumnElement[bool]:
    """PostgreSQL's own hash of the number, its sign taken off: spread evenly and the same each time."""
    return func.hashint8extended(Supporter.id, draw).op("&")(HIGHEST).op("%")(100) < percent


def segments() -> Sequence[Segment]:
    return db.session.scalars(select(Segment).order_by(Segment.name)).all()


def segment_by_id(segment_id: int) -> Segment | None:
    return db.session.get(Segment, segment_id)


def _days_ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)
