"""Mailings that start by themselves at a time, and mailings that start because somebody typed how many they go to."""

from datetime import datetime

import structlog
from sqlalchemy import select

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.mailings import agreeing, audience, preflight, queries
from actions.mailings.models import Mailing, MailingState
from actions.mailings.operations import WrongState, launch
from actions.mailings.preflight import MailingNotReady
from actions.staff import audit

log = structlog.get_logger()


class OtherNumber(Exception):
    """What was typed is not how many it goes to; `now` is."""

    def __init__(self, now: int) -> None:
        super().__init__(now)
        self.now = now


class NotTested(Exception):
    """Nobody has sent these words to themselves yet."""


class TimeHasPassed(ValueError):
    """It was told to start in the past."""


def launch_typed(mailing: Mailing, typed: int, *, shown: int, by: Actor) -> bool:
    """Start it now. False for one that was started before: two clicks are one mailing (O-17).

    Raises NotTested, OtherNumber, NotAgreed and MailingNotReady.
    """
    _lock(mailing)
    if mailing.state not in {MailingState.DRAFT, MailingState.SCHEDULED}:
        return False
    _must_be_tested(mailing)
    now = audience.size_of(mailing)
    if typed != shown or not agreeing.is_near(now, shown):
        raise OtherNumber(now)
    agreeing.must_be_agreed(mailing, by=by)
    launched = launch(mailing, by=by)
    audit.note("launch mailing", by=by, about=("mailings", mailing.id), after={"audience": mailing.audience})
    return launched


def schedule(mailing: Mailing, at: datetime, *, by: Actor) -> None:
    """It starts by itself at `at`. Raises NotTested, TimeHasPassed, NotAgreed, MailingNotReady and WrongState."""
    _lock(mailing)
    if mailing.state not in {MailingState.DRAFT, MailingState.SCHEDULED}:
        raise WrongState(mailing, MailingState.SCHEDULED)
    if at <= clock.now():
        raise TimeHasPassed(at)
    _must_be_tested(mailing)
    preflight.check(mailing, queries.texts_of(mailing))
    agreeing.must_be_agreed(mailing, by=by)
    mailing.state, mailing.launch_at, mailing.scheduled_by = MailingState.SCHEDULED, at, by.staff_id
    audit.note("schedule mailing", by=by, about=("mailings", mailing.id), after={"at": at.isoformat()})


def unschedule(mailing: Mailing, *, by: Actor) -> None:
    """Back to a draft, to be written on. Raises WrongState for one that has begun."""
    _lock(mailing)
    if mailing.state is MailingState.DRAFT:
        return
    if mailing.state is not MailingState.SCHEDULED:
        raise WrongState(mailing, MailingState.DRAFT)
    mailing.state, mailing.launch_at = MailingState.DRAFT, None
    mailing.scheduled_by = mailing.agreed_to = None
    audit.note("unschedule mailing", by=by, about=("mailings", mailing.id))


def call_back_all(*, by: Actor) -> int:
    """Every mailing that waits for its time is a draft again; how many. After a restore it may have gone already."""
    waiting = db.session.scalars(select(Mailing).where(Mailing.state == MailingState.SCHEDULED)).all()
    for mailing in waiting:
        unschedule(mailing, by=by)
    return len(waiting)


def launch_if_due(mailing: Mailing, *, by: Actor) -> bool:
    """False for one that was called back or started meanwhile, or waits for a second yes.

    Raises MailingNotReady for one that lacks something.
    """
    _lock(mailing)
    if mailing.state is not MailingState.SCHEDULED or mailing.launch_at is None or mailing.launch_at > clock.now():
        return False
    return not agreeing.holds_back(mailing) and launch(mailing, by=by)


def launch_due(mailing: Mailing, *, by: Actor) -> bool:
    """As `launch_if_due`; one that lacks something by now stays, late, until somebody sees to it or it is ready."""
    try:
        with db.session.begin_nested():
            return launch_if_due(mailing, by=by)
    except MailingNotReady as lacking:
        log.warning("a mailing could not start at its time", mailing=mailing.id, problems=len(lacking.problems))
        return False


def _must_be_tested(mailing: Mailing) -> None:
    if mailing.tested_at is None:
        raise NotTested(mailing.id)


def _lock(mailing: Mailing) -> None:
    db.session.flush()
    db.session.refresh(mailing, with_for_update=True)
