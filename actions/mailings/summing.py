"""The numbers of a mailing, added up beside the requests that show them: its screens must not read a million rows, nor
lose them when the ledger forgets.

Of one that is over once, exactly. Of a large one under way every few seconds by a worker, with the time; a small one is
quicker counted than kept.
"""

import time
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from actions import clock
from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.mailings import tallies
from actions.mailings.models import Mailing, MailingState, MailingTally
from actions.mailings.tallies import By, Tally, is_large

# Counting has at most one second of so many.
SHARE = 10
# One that is paused stands still.
PAUSED = timedelta(minutes=1)
# Of the advisory lock that lets one worker count at a time.
LOCK = 7_110_006


def sum_up(mailing: Mailing) -> None:
    """For a mailing whose every row has ended."""
    mailing.summary = tallies.as_json(tallies.count(mailing))
    db.session.execute(delete(MailingTally).where(MailingTally.mailing_id == mailing.id))
    db.session.flush()


def tally_of(mailing: Mailing) -> Tally:
    """Exact: as it was added up where it is over, else from the rows."""
    return tallies.count(mailing) if mailing.summary is None else tallies.from_json(mailing.summary)


def shown_tally(mailing: Mailing) -> Tally:
    """For a screen: of a large one under way as a worker last counted it; before that, as it was launched, and nothing
    before the launch.
    """
    if mailing.launched_at is None:
        return _at_launch(mailing)
    if mailing.summary is not None or not is_large(mailing):
        return tally_of(mailing)
    kept = db.session.scalars(select(MailingTally).where(MailingTally.mailing_id == mailing.id)).one_or_none()
    return _at_launch(mailing) if kept is None else tallies.from_json(kept.numbers)


def count_if_due(mailing: Mailing) -> bool:
    """Keep what a large mailing under way adds up to by now. False for one that is small, that was
    counted lately, or while another worker counts.
    """
    if not is_large(mailing) or not db.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return False
    kept = db.session.scalars(select(MailingTally).where(MailingTally.mailing_id == mailing.id)).one_or_none()
    if kept is not None and clock.now() < kept.counted_at + _rest(mailing, kept):
        return False
    moment, began = clock.now(), time.perf_counter()
    numbers = tallies.as_json(tallies.count(mailing)) | {"counted_at": moment.isoformat()}
    values = {"counted_at": moment, "seconds": time.perf_counter() - began, "numbers": numbers}
    statement = insert(MailingTally).values(mailing_id=mailing.id, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["mailing_id"], set_=values))
    return True


def _rest(mailing: Mailing, kept: MailingTally) -> timedelta:
    rest = timedelta(seconds=kept.seconds * SHARE)
    still_moves = {DeliveryState.CLAIMED.value, DeliveryState.TRANSMITTING.value} & kept.numbers["still_open"].keys()
    return max(rest, PAUSED) if mailing.state is MailingState.PAUSED and not still_moves else rest


def _at_launch(mailing: Mailing) -> Tally:
    queued = {DeliveryState.QUEUED: mailing.audience or 0}
    nothing: dict[By, dict[str, list[int]]] = {by: {} for by in By}
    return Tally(states=queued, still_open=queued, lines=nothing, sites=[], reasons=[], counted_at=mailing.launched_at)
