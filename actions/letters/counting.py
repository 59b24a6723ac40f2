"""How many letters are in each state, by page and target: counted in the background, since they may be millions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, literal, select

from actions import clock
from actions.extensions import db
from actions.letters.models import Letter, LetterCount, LetterEvent, LetterState

COUNT = "workers.letters.count"
# Of the advisory lock that lets one counter run at a time.
LOCK = 7_110_002
# Letters that go without a row in the journal, as printed ones after 90 days, are noticed by then.
AT_LEAST = timedelta(minutes=10)


NEVER_CONFIRMED = frozenset({LetterState.UNCONFIRMED, LetterState.REFUSED})


@dataclass
class Counted:
    page_id: int
    target_id: int
    states: dict[LetterState, int]
    # Those that go on paper, in bundles: apart from `states`.
    bundled: dict[LetterState, int]
    counted_at: datetime
    # Number, and the sum of the shares: of confirmed letters that were measured.
    measured: int = 0
    own_shares: int = 0

    @property
    def own_share(self) -> int | None:
        """What of a letter is its writer's own on average, in percent."""
        return round(self.own_shares / self.measured) if self.measured else None


def count() -> bool:
    """Count all letters anew if the journal has grown; whether it did. One at a time."""
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return False
    newest = db.session.scalar(select(func.max(LetterEvent.id))) or 0
    last = db.session.execute(select(LetterCount.event_id, LetterCount.counted_at).limit(1)).one_or_none()
    now = clock.now()
    if last is not None and last.event_id == newest and last.counted_at > now - AT_LEAST:
        return False
    by = (Letter.page_id, Letter.target_id, Letter.state, Letter.bundled)
    shares = func.coalesce(func.sum(Letter.own_share), 0)
    numbers = (func.count(), func.count(Letter.own_share), shares, literal(now), literal(newest))
    named = ["page_id", "target_id", "state", "bundled", "number", "measured", "own_shares", "counted_at", "event_id"]
    db.session.execute(delete(LetterCount), execution_options={"synchronize_session": False})
    db.session.execute(insert(LetterCount).from_select(named, select(*by, *numbers).group_by(*by)))
    return True


def counted(page_id: int | None = None, target_id: int | None = None) -> Sequence[Counted]:
    """Of one page, of one target, or of all."""
    wanted = select(LetterCount).order_by(LetterCount.page_id.desc(), LetterCount.target_id)
    if page_id is not None:
        wanted = wanted.where(LetterCount.page_id == page_id)
    if target_id is not None:
        wanted = wanted.where(LetterCount.target_id == target_id)
    found: dict[tuple[int, int], Counted] = {}
    for row in db.session.scalars(wanted, execution_options={"populate_existing": True}):
        empty = Counted(row.page_id, row.target_id, {}, {}, row.counted_at)
        one = found.setdefault((row.page_id, row.target_id), empty)
        (one.bundled if row.bundled else one.states)[row.state] = row.number
        if row.state not in NEVER_CONFIRMED:
            one.measured += row.measured
            one.own_shares += row.own_shares
    return list(found.values())


def sent_by_hour(hours: int) -> list[tuple[datetime, int]]:
    """(hour, number of letters that a mail server accepted in it), the oldest first, empty hours too."""
    last = clock.now().replace(minute=0, second=0, microsecond=0)
    first = last - timedelta(hours=hours - 1)
    hour = func.date_trunc("hour", LetterEvent.at, "UTC")
    went = (
        select(hour, func.count())
        .join(Letter, Letter.id == LetterEvent.letter_id)
        .where(LetterEvent.after == LetterState.SENT, LetterEvent.at >= first, Letter.bundled.is_(False))
    )
    numbers = {row[0]: row[1] for row in db.session.execute(went.group_by(hour))}
    each = [first + timedelta(hours=number) for number in range(hours)]
    return [(one, numbers.get(one, 0)) for one in each]
