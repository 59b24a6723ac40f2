"""What members of staff do for one person, who rang, wrote or asked. Each look and each change leaves its trace."""

from datetime import timedelta
from enum import StrEnum

import structlog
from sqlalchemy import func, select

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.lists.models import MailingList
from actions.preferences.operations import erase_everything
from actions.staff.audit import note
from actions.staff.models import AuditEntry
from actions.supporters.models import Supporter
from actions.unsubscribes import operations as unsubscribes
from actions.unsubscribes.queries import Leaving

CHANNEL = "the desk"
LOOKED, TOOK_OUT, TOO_MANY = "looked at a person", "took out a person's data", "looked at too many people"
# P-11: nobody answers so many letters; somebody copies the list.
MOST_LOOKS, WITHIN = 500, timedelta(hours=1)
log = structlog.get_logger()


class Reason(StrEnum):
    """Why somebody is looked at; a choice, since free words would name people in the audit log."""

    ASKED = "they wrote to us or rang"
    MISTAKE = "to put a mistake right"
    LAW = "an authority or a court asks, and must be answered"
    ABUSE = "somebody uses their address"


class TooManyLooks(Exception):
    """This member has looked at MOST_LOOKS people WITHIN the time; it is noted for the admins."""


def look_at(person: Supporter, reason: Reason, *, by: Actor) -> None:
    """Before a name and an address are shown. Raises TooManyLooks."""
    _count(LOOKED, person, reason, by)


def take_out(person: Supporter, reason: Reason, *, by: Actor) -> None:
    """Before all that is held about somebody leaves the desk as a file. Raises TooManyLooks."""
    _count(TOOK_OUT, person, reason, by)


def sound_alarm(*, by: Actor) -> None:
    """In a transaction of its own, as the look itself is refused; an hour of it is one alarm."""
    if not _number_of(TOO_MANY, by):
        note(TOO_MANY, by=by)
        log.error("a member of staff looked at too many people", staff=by.id, most=MOST_LOOKS)


def take_off(person: Supporter, joined: MailingList, *, by: Actor) -> None:
    """As they would do by the link in each mail; coming back is theirs alone, by the form."""
    unsubscribes.leave(Leaving(person, joined=joined), by=by, channel=CHANNEL)
    note("took a person off a list", by=by, about=_about(person), after={"list": joined.slug})


def write_no_more(person: Supporter, *, by: Actor) -> None:
    """Off every list and case, and no import brings them back."""
    unsubscribes.leave_all(person, by=by, channel=CHANNEL)
    note("took a person off everything", by=by, about=_about(person))


def erase(person: Supporter, *, by: Actor) -> None:
    erase_everything(person, by=by)
    note("erased a person", by=by, about=_about(person))


def _count(action: str, person: Supporter, reason: Reason, by: Actor) -> None:
    if _number_of(LOOKED, by) + _number_of(TOOK_OUT, by) >= MOST_LOOKS:
        raise TooManyLooks
    note(action, by=by, about=_about(person), after={"reason": reason.value})


def _number_of(action: str, by: Actor) -> int:
    lately = select(func.count()).where(
        AuditEntry.at > clock.now() - WITHIN, AuditEntry.action == action, AuditEntry.staff_id == by.id
    )
    return db.session.scalar(lately) or 0


def _about(person: Supporter) -> tuple[str, int]:
    return Supporter.__tablename__, person.id
