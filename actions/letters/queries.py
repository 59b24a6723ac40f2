from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import BigInteger, Select, Subquery, exists, func, literal, or_, select, true, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from actions import clock
from actions.config import settings
from actions.deliveries.models import Delivery, DeliveryState
from actions.encryption import ring
from actions.extensions import db
from actions.letters.models import Letter, LetterEvent, LetterState, LetterStop
from actions.pages.counting import Acts
from actions.pages.models import Page
from actions.targets.hours import PORTION
from actions.targets.models import DeliveryMode, Target
from actions.targets.planning import DAY, HOUR, Gone
from actions.tokens import Purpose, tokens

POSTING = "posting"
STANDING = (LetterState.READY, LetterState.RELEASED, LetterState.SENT, LetterState.HELD, LetterState.UNKNOWN)
ON_ITS_WAY = (LetterState.READY, LetterState.HELD, LetterState.RELEASED)
GONE = (LetterState.RELEASED, LetterState.SENT, LetterState.UNKNOWN)
COME_TO_NOTHING = (LetterState.FAILED, LetterState.CANCELLED, LetterState.EXPIRED)
# What workers/counts.py adds up, each apart: letters once their writers confirmed them, by email and in bundles, and
# those that their writers posted, or sent themselves.
ACTS = (
    Acts(
        kind="letter",
        table=Letter.__table__,  # type: ignore[arg-type]  # SQLAlchemy types it as any FromClause
        counting=STANDING,
        ended=COME_TO_NOTHING,
        moment="confirmed_at",
        total=Page.letter_count,
        which=(Letter.bundled.is_(False),),
    ),
    Acts(
        kind="bundled",
        table=Letter.__table__,  # type: ignore[arg-type]  # as above
        counting=STANDING,
        ended=COME_TO_NOTHING,
        moment="confirmed_at",
        total=Page.bundled_count,
        which=(Letter.bundled.is_(True),),
    ),
    Acts(
        kind="posted",
        table=Letter.__table__,  # type: ignore[arg-type]  # as above
        counting=(LetterState.POSTED,),
        ended=(),
        moment="confirmed_at",
        total=Page.posted_count,
    ),
    Acts(
        kind="self_sent",
        table=Letter.__table__,  # type: ignore[arg-type]  # as above
        counting=(LetterState.SELF_SENT,),
        ended=(),
        moment="confirmed_at",
        total=Page.self_sent_count,
    ),
)


def standing(page_id: int, target_id: int, supporter_id: int) -> Letter | None:
    """The one letter of this person to this target from this page that was confirmed and has not come to nothing."""
    wanted = _letters_of(page_id, target_id, supporter_id).where(Letter.state.in_(STANDING))
    return db.session.scalars(wanted).one_or_none()


def written_since(page_id: int, supporter_id: int, moment: datetime) -> Sequence[Letter]:
    """Those of this person from this page that they confirmed since then, and that have not come to nothing."""
    wanted = select(Letter).where(Letter.page_id == page_id, Letter.supporter_id == supporter_id)
    wanted = wanted.where(Letter.state.in_(STANDING), Letter.confirmed_at >= moment)
    return db.session.scalars(wanted.order_by(Letter.id)).all()


def held_by_event(event_id: int) -> Letter | None:
    """The letter that this journal row held, while it is held by no later one."""
    event = db.session.get_one(LetterEvent, event_id)
    letter = db.session.get_one(Letter, event.letter_id)
    newest = select(func.max(LetterEvent.id)).where(LetterEvent.letter_id == letter.id)
    is_newest = db.session.scalar(newest) == event_id
    return letter if is_newest and letter.state is LetterState.HELD else None


def letter_of_event(event_id: int) -> Letter:
    return db.session.get_one(Letter, db.session.get_one(LetterEvent, event_id).letter_id)


def by_posting_token(token: str) -> Letter | None:
    """The printed letter that "I posted it" is said of. Raises InvalidToken."""
    secret = ".".join(tokens.read(Purpose.POSTED, token))
    wanted = select(Letter).where(Letter.posting_hash.in_(ring.blind_indexes(secret, POSTING)))
    return db.session.scalars(wanted).one_or_none()


def waiting_by_target(page_id: int, states: Sequence[LetterState] = ON_ITS_WAY) -> dict[int, int]:
    """Target id -> how many letters from this page have not gone yet."""
    waiting = select(Letter.target_id, func.count().label("number")).where(
        Letter.page_id == page_id, Letter.state.in_(states)
    )
    return {row.target_id: row.number for row in db.session.execute(waiting.group_by(Letter.target_id))}


def journal_of(letter: Letter) -> Sequence[LetterEvent]:
    found = select(LetterEvent).where(LetterEvent.letter_id == letter.id).order_by(LetterEvent.id)
    return db.session.scalars(found).all()


def last_events(letter_ids: Collection[int]) -> dict[int, LetterEvent]:
    """Letter id -> the newest row of its journal."""
    of_these = LetterEvent.letter_id.in_(letter_ids)
    newest = select(func.max(LetterEvent.id)).where(of_these).group_by(LetterEvent.letter_id)
    events = db.session.scalars(select(LetterEvent).where(LetterEvent.id.in_(newest)))
    return {event.letter_id: event for event in events}


def targets_with_due(moment: datetime) -> Sequence[int]:
    """Ids of the targets for which a letter is ready now."""
    due = select(Letter.target_id).where(Letter.state == LetterState.READY, Letter.release_at <= moment)
    return db.session.scalars(due.distinct()).all()


def pages_with_ready(target_ids: Collection[int]) -> Sequence[Page]:
    """Those from which a letter to one of them is ready, whether its time has come or not."""
    ready = select(Letter.page_id).where(Letter.state == LetterState.READY, Letter.target_id.in_(target_ids))
    return db.session.scalars(select(Page).where(Page.id.in_(ready.distinct()))).all()


def pages_with_waiting() -> Sequence[Page]:
    """Those from which a confirmed letter has not gone yet."""
    waiting = select(Letter.page_id).where(Letter.state.in_(ON_ITS_WAY)).distinct()
    return db.session.scalars(select(Page).where(Page.id.in_(waiting))).all()


def due_to(rooms: Mapping[int, int], page_ids: Collection[int], moment: datetime) -> Sequence[Letter]:
    """The oldest letters that may go now, locked: to each target (id -> how many) as many as it has room for.

    Those that somebody else holds are left out, and those of a writer of whom enough went within a day.
    """
    listed = (literal(list(numbers), ARRAY(BigInteger)) for numbers in (rooms.keys(), rooms.values()))
    room = func.unnest(*listed).table_valued("target_id", "most", name="room").render_derived()
    # Once for all letters, and not for each of thousands that wait.
    had_enough = _gone_of_writers(moment).having(func.count() >= settings().writer_letters_a_day)
    ready = select(Letter).where(Letter.target_id == room.c.target_id, Letter.state == LetterState.READY)
    due = ready.where(
        Letter.release_at <= moment,
        Letter.page_id.in_(page_ids),
        Letter.supporter_id.is_not(None),
        Letter.supporter_id.not_in(had_enough.with_only_columns(Letter.supporter_id).correlate(None)),
    )
    oldest = due.order_by(Letter.release_at, Letter.id).limit(room.c.most).with_for_update(skip_locked=True)
    letter = aliased(Letter, oldest.correlate(room).lateral("oldest"))
    found = select(letter).select_from(room).join(letter, true()).order_by(letter.release_at, letter.id)
    return db.session.scalars(found).all()


def gone_of_writers(supporter_ids: Collection[int], moment: datetime) -> dict[int, int]:
    """Supporter id -> how many of their letters went within a day; of those of whom any did."""
    gone = _gone_of_writers(moment).where(Letter.supporter_id.in_(supporter_ids))
    return {supporter_id: number for supporter_id, number in db.session.execute(gone) if supporter_id is not None}


def gone_lately(target_ids: Sequence[int], moment: datetime) -> dict[int, Gone]:
    """Target id -> what reached it, but for the number in all; of those that any reached within a day, or may soon."""
    gone = _reaching(target_ids, moment)
    midnight = func.timezone(Target.timezone, func.date_trunc("day", func.timezone(Target.timezone, moment)))
    counted = (
        select(
            gone.c.target_id,
            func.count().filter(gone.c.at > moment - PORTION),
            func.count().filter(gone.c.at > moment - HOUR),
            func.count().filter(gone.c.at > moment - DAY),
            func.count().filter(gone.c.at >= midnight),
        )
        .join(Target, Target.id == gone.c.target_id)
        .group_by(gone.c.target_id)
    )
    return {
        target_id: Gone(in_portion=portion, in_hour=hour, in_day=day, today=today)
        for target_id, portion, hour, day, today in db.session.execute(counted)
    }


def gone_of(target: Target, moment: datetime) -> Gone:
    lately = gone_lately([target.id], moment).get(target.id, Gone())
    return replace(lately, in_all=gone_to(target))


def put_off_by(target_ids: Sequence[int]) -> set[int]:
    """Those whose mail server lately asked us to come back later."""
    deferred = select(Delivery.target_id).where(
        Delivery.state == DeliveryState.DEFERRED, Delivery.target_id.in_(target_ids)
    )
    return {target_id for target_id in db.session.scalars(deferred.distinct()) if target_id is not None}


def gone_to(target: Target) -> int:
    """How many went to it by email or in bundles, or may have."""
    wanted = select(func.count()).where(Letter.target_id == target.id, Letter.state.in_(GONE))
    return db.session.scalar(wanted) or 0


def left_to(target: Target) -> int | None:
    """How many more it takes in all; None for any number."""
    return None if target.max_in_total is None else max(0, target.max_in_total - gone_to(target))


def waiting_for_bundles() -> Sequence[tuple[int, int, int]]:
    """(page, target, letters that a bundle would hold now), the most first."""
    number = func.count()
    wanted = (
        select(Letter.page_id, Letter.target_id, number)
        .join(Target, Target.id == Letter.target_id)
        .where(Letter.state == LetterState.READY, Target.delivery == DeliveryMode.BUNDLE)
        .where(Letter.release_at <= clock.now())
    )
    found = db.session.execute(wanted.group_by(Letter.page_id, Letter.target_id).order_by(number.desc()))
    return [(page_id, target_id, waiting) for page_id, target_id, waiting in found]


def states_of(target: Target) -> dict[LetterState, int]:
    """How many letters to it are in each state that any is in."""
    counted = select(Letter.state, func.count().label("number")).where(Letter.target_id == target.id)
    return {row.state: row.number for row in db.session.execute(counted.group_by(Letter.state))}


def putting_off(target_ids: Collection[int], most: int = 3) -> set[int]:
    """Those whose server lately asked us to come back later: the mailbox is full, or it said so `most` times (L-09)."""
    is_full = func.bool_or(func.coalesce(Delivery.reply_status, "") == "4.2.2")
    deferred = (
        select(Delivery.target_id)
        .where(Delivery.state == DeliveryState.DEFERRED, Delivery.target_id.in_(target_ids))
        .group_by(Delivery.target_id)
        .having(or_(is_full, func.count() >= most))
    )
    return {target_id for target_id in db.session.scalars(deferred) if target_id is not None}


def _letters_of(page_id: int, target_id: int, supporter_id: int) -> Select[Letter]:
    return select(Letter).where(
        Letter.page_id == page_id, Letter.target_id == target_id, Letter.supporter_id == supporter_id
    )


def _gone_of_writers(moment: datetime) -> Select[int | None, int]:
    """(supporter, how many went within a day), of all of whom any did."""
    return (
        select(Letter.supporter_id, func.count())
        .join(LetterEvent, LetterEvent.letter_id == Letter.id)
        .where(LetterEvent.after == LetterState.RELEASED, LetterEvent.at > moment - DAY)
        .where(Letter.supporter_id.is_not(None))
        .group_by(Letter.supporter_id)
    )


def _reaching(target_ids: Sequence[int], moment: datetime) -> Subquery:
    """(target, at) of each letter by email that reached it lately, whether it was taken or not.

    One under way may come at any moment, also hours after its release, so it counts as coming now. That of a page that
    is stopped does not come, and must not hold up those of other pages.
    """
    to_these = (Letter.target_id.in_(target_ids), Letter.bundled.is_(False))
    # A day in which the clocks go back has 25 hours.
    since = moment - DAY - HOUR
    stopped = exists().where(LetterStop.page_id == Letter.page_id)
    under_way = select(Letter.target_id, literal(moment).label("at"))
    ended = select(Letter.target_id, Letter.ended_at)
    unknown = select(Letter.target_id, LetterEvent.at).join(LetterEvent, LetterEvent.letter_id == Letter.id)
    return union_all(
        under_way.where(*to_these, Letter.state == LetterState.RELEASED, ~stopped),
        ended.where(*to_these, Letter.state.in_([LetterState.SENT, LetterState.FAILED]), Letter.ended_at > since),
        unknown.where(*to_these, Letter.state == LetterState.UNKNOWN).where(
            LetterEvent.after == LetterState.UNKNOWN, LetterEvent.at > since
        ),
    ).subquery("reaching")
