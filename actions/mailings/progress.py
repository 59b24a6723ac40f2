"""How far a mailing is, and what holds it up: the truth from its rows, in one sentence (O-13)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from actions import clock
from actions.deliveries import relays
from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.mailings import agreeing, queries
from actions.mailings.models import Held, Mailing, MailingState
from actions.mailings.summing import shown_tally, tally_of
from actions.mailings.tallies import RECENTLY, Tally
from actions.staff.zones import spoken

S = DeliveryState
# Before anything was sent from here there is no rate to tell: one plain connection to a relay near by does better.
CAUTIOUS_RATE = 20.0
_NOT_STARTED = "It has not started."
ENDS = (S.SENT, S.FAILED, S.SUPPRESSED, S.CANCELLED, S.UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class Progress:
    mailing: Mailing
    tally: Tally
    per_second: float
    expected_end: datetime | None
    sentence: str


def status(mailing: Mailing, tally: Tally | None = None) -> Progress:
    """By the rows themselves, or by what they added up to when they were counted."""
    tally = tally_of(mailing) if tally is None else tally
    per_second = tally.ended_recently / RECENTLY.total_seconds()
    going = mailing.state is MailingState.SENDING and tally.under_way and per_second
    since = tally.counted_at or clock.now()
    end = since + timedelta(seconds=tally.under_way / per_second) if going else None
    return Progress(
        mailing=mailing, tally=tally, per_second=per_second, expected_end=end, sentence=_sentence(mailing, tally)
    )


def expected_end(number: int) -> datetime:
    """Of a mailing to so many that would start now, behind what waits already."""
    return clock.now() + timedelta(seconds=(number + _waiting_already()) / usual_rate())


def usual_rate() -> float:
    """Emails a second of the last mailing that ended; a cautious guess before the first."""
    finished = (
        select(Mailing.audience, func.extract("epoch", Mailing.ended_at - Mailing.launched_at))
        .where(Mailing.state == MailingState.SENT, Mailing.audience > 0)
        .order_by(Mailing.ended_at.desc())
        .limit(1)
    )
    row = db.session.execute(finished).first()
    return CAUTIOUS_RATE if row is None else float(row[0] or 0) / max(float(row[1]), 1.0)


def _waiting_already() -> int:
    return sum(shown_tally(mailing).still_open.get(S.QUEUED, 0) for mailing in queries.under_way())


def _sentence(mailing: Mailing, tally: Tally) -> str:
    match mailing.state:
        case MailingState.SCHEDULED:
            return _why_late(mailing)
        case MailingState.DRAFT | MailingState.PREPARING:
            return _NOT_STARTED
        case MailingState.PAUSED:
            return _why_paused(mailing, tally)
        case MailingState.CANCELLED:
            on_the_wire = f" {tally.under_way:,} are on the wire at this moment." if tally.under_way else ""
            return f"It was cancelled after {tally.states.get(S.SENT, 0):,} had gone out.{on_the_wire}"
        case MailingState.SENT:
            return f"It is over: {_ends(tally) or 'its rows are summed up by now'}."
    return " ".join(_what_holds_it_up(mailing, tally))


def _why_late(mailing: Mailing) -> str:
    look, due = agreeing.held_by(mailing), mailing.launch_at
    if look is not None:
        return (
            f"Its time has come, but it would go to {look.number:,} people now, more than were agreed to. "
            "It waits for a second person’s yes."
        )
    if due is not None and due < clock.now() - RECENTLY:
        return "Its time has come and it has not started: look at it to see what it waits for."
    return _NOT_STARTED


def _why_paused(mailing: Mailing, tally: Tally) -> str:
    paused = f"It is paused: {tally.under_way:,} wait until somebody resumes it."
    match mailing.held_because:
        case Held.RELAY_REFUSES:
            why = "The relay refused nearly everybody; nobody was marked as failed for it."
        case Held.RESTORED:
            why = "The database was put back from a backup: whoever runs the server sees how many may get it twice."
        case None:
            return paused
    return " ".join([paused, why, *_troubles()])


def _troubles() -> list[str]:
    return [relays.sentence(trouble) for trouble in relays.troubles()]


def _what_holds_it_up(mailing: Mailing, tally: Tally) -> Iterator[str]:
    still_open = tally.still_open
    if tally.rows != mailing.audience:
        yield f"Its rows do not add up: {tally.rows:,} of an audience of {mailing.audience or 0:,}."
    if not still_open:
        yield f"Every row has ended ({_ends(tally)}); it is marked as sent within a minute."
        return
    yield f"{tally.under_way:,} of {mailing.audience or 0:,} are still to go."
    troubles = _troubles()
    yield from troubles
    if S.DEFERRED in still_open:
        answer = f" (mostly {tally.put_off_by})" if tally.put_off_by else ""
        yield f"{still_open[S.DEFERRED]:,} were put off by the receiving side{answer}; next try{_at(tally.next_due)}."
    if S.UNKNOWN in still_open:
        yield f"{still_open[S.UNKNOWN]:,} got no clear answer; they are tried again with the very same email."
    if S.QUEUED in still_open and not tally.ended_recently and not troubles and _a_minute_ago(mailing):
        yield (
            f"{still_open[S.QUEUED]:,} wait and none has moved for a minute. Ask whoever runs the server: "
            "is a worker of the lane “bulk” running, and does the relay answer?"
        )


def _a_minute_ago(mailing: Mailing) -> bool:
    return mailing.launched_at is not None and mailing.launched_at < clock.now() - RECENTLY


def _ends(tally: Tally) -> str:
    return ", ".join(f"{tally.states[state]:,} {state.value}" for state in ENDS if tally.states.get(state))


def _at(moment: datetime | None) -> str:
    return f" at {spoken(moment)}" if moment and moment > clock.now() else " now"
