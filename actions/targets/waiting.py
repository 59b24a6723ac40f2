"""What holds back the letters of a target, who said so, and who verified where they go."""

from datetime import datetime
from enum import StrEnum

import structlog
from sqlalchemy import or_, update

from actions import clock
from actions.actors import Actor
from actions.config import settings
from actions.extensions import db
from actions.staff import audit
from actions.targets.hours import is_open
from actions.targets.models import Target, WaitsWhy

log = structlog.get_logger()
HARD_BOUNCES = 2


class NotVerified(Exception):
    """The sentence says what is missing."""


class HeldBack(StrEnum):
    WAITS = "waits"
    UNVERIFIED = "unverified"
    CLOSED = "closed"


def held_back(target: Target, moment: datetime) -> HeldBack | None:
    """Why nothing is released to it at that moment, whatever is ready."""
    return held_back_on_paper(target) or (None if is_open(target, moment) else HeldBack.CLOSED)


def held_back_on_paper(target: Target) -> HeldBack | None:
    """As `held_back`, of what is printed and brought: that keeps no hours."""
    if target.waits_since is not None:
        return HeldBack.WAITS
    if settings().target_second_person and not _is_verified_by_another(target):
        return HeldBack.UNVERIFIED
    return None


def _is_verified_by_another(target: Target) -> bool:
    """Also where one person did both before two were asked for."""
    return target.verified_at is not None and (target.verified_by is None or target.verified_by != target.address_by)


def let_wait(target: Target, why: WaitsWhy, note: str = "", *, by: Actor) -> bool:
    """Its letters stay ready until somebody lets them go on. False where they wait already."""
    if target.waits_since is not None:
        return False
    target.waits_since, target.waits_why, target.waits_note = clock.now(), why, note
    db.session.flush()
    audit.note("letters to a target wait", by=by, about=("target", target.id), after={"why": why.value})
    log.warning("letters to a target wait", target=target.id, why=why.value)
    return True


def let_go_on(target: Target, *, by: Actor) -> bool:
    """And bounces are counted anew. False where they do not wait."""
    if target.waits_since is None:
        return False
    before = {"why": target.waits_why.value if target.waits_why else ""}
    target.waits_since, target.waits_why, target.waits_note, target.hard_bounces = None, None, "", 0
    db.session.flush()
    audit.note("letters to a target go on", by=by, about=("target", target.id), before=before)
    return True


def count_hard_bounce(target: Target, queued_at: datetime, *, by: Actor) -> None:
    """Of a mail that was queued then: one to an address that has changed since says nothing about the new one."""
    same_address = or_(Target.address_at.is_(None), Target.address_at <= queued_at)
    counted = (
        update(Target)
        .where(Target.id == target.id, same_address)
        .values(hard_bounces=Target.hard_bounces + 1)
        .returning(Target.hard_bounces)
        .execution_options(synchronize_session=False)
    )
    bounces = db.session.scalar(counted)
    db.session.refresh(target)
    if bounces is not None and bounces >= HARD_BOUNCES:
        let_wait(target, WaitsWhy.BOUNCED, by=by)


def verify(target: Target, note: str, *, by: Actor) -> None:
    """Somebody has looked up where its letters go; `note` says where. Raises NotVerified (L-11)."""
    if not note:
        raise NotVerified("Write where you saw the address, such as a page of the office's own site and the day.")
    if settings().target_second_person and by.staff_id is not None and by.staff_id == target.address_by:
        raise NotVerified("You changed this address last, so somebody else verifies it.")
    target.verified_at, target.verified_by, target.verification_note = clock.now(), by.staff_id, note
    db.session.flush()
    audit.note("verified a target", by=by, about=("target", target.id), after={"version": target.version})
