"""Four eyes (W-09): where it is switched on, what cannot be taken back needs the yes of a second member with that role.

A yes is for exactly what was asked: a digest of it is kept, and whatever has changed since has another.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from actions import clock
from actions.actors import Actor, Role
from actions.config import settings
from actions.extensions import db
from actions.staff import audit
from actions.staff.models import SecondLook, Staff
from actions.staff.roles import StaffRole

LASTS = timedelta(days=1)
TABLE = SecondLook.__tablename__


@dataclass(frozen=True, kw_only=True)
class Deed:
    """`about`: a table's name and an id; `said`: a sentence for whoever is asked; `number`: of how many people."""

    name: str
    role: StaffRole
    about: tuple[str, int]
    digest: str
    said: str
    number: int


class NotAgreed(Exception):
    """Nobody else has said yes to exactly this."""


class NobodyElse(Exception):
    """There is no second member who could say yes."""


class OwnRequest(Exception):
    """Whoever asks does not answer."""


def is_on() -> bool:
    return settings().four_eyes_above is not None


def is_needed(number: int, *, by: Actor) -> bool:
    """At the desk alone: who has a shell has the database as well."""
    above = settings().four_eyes_above
    return above is not None and number > above and by.role is Role.STAFF


def digest_of(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def others(role: StaffRole, member_id: int | None) -> Sequence[Staff]:
    """Who could say yes to what that member asks."""
    here = db.session.scalars(select(Staff).where(Staff.active, Staff.joined_at.is_not(None)).order_by(Staff.id))
    return [one for one in here if one.id != member_id and one.may(role)]


def ask(deed: Deed, *, by: Actor, anew: bool = False) -> SecondLook:
    """Again it is the one that stands, unless it is asked `anew`. Raises NobodyElse."""
    if not others(deed.role, by.staff_id):
        raise NobodyElse
    there = standing(deed)
    if there is not None and there.agreed is not False and not anew:
        return there
    kind, about_id = deed.about
    look = SecondLook(
        deed=deed.name,
        role=deed.role,
        about_kind=kind,
        about_id=about_id,
        digest=deed.digest,
        said=deed.said,
        number=deed.number,
        asked_by=by.staff_id,
        asked_at=clock.now(),
    )
    db.session.add(look)
    db.session.flush()
    after = {"look": look.id, "deed": deed.name, "digest": deed.digest}
    audit.note("asked for a second yes", by=by, about=deed.about, after=after)
    return look


def answer(look: SecondLook, *, agreed: bool, by: Actor) -> None:
    """The first answer stands, and none comes too late. Raises OwnRequest."""
    db.session.refresh(look, with_for_update=True)
    if by.staff_id is None or by.staff_id == look.asked_by:
        raise OwnRequest
    if look.agreed is None and not has_lapsed(look):
        look.agreed, look.answered_by, look.answered_at = agreed, by.staff_id, clock.now()
        db.session.flush()
        verb = "said yes" if agreed else "said no"
        audit.note(verb, by=by, about=(look.about_kind, look.about_id), after={"look": look.id, "deed": look.deed})


def has_lapsed(look: SecondLook) -> bool:
    return look.asked_at < clock.now() - LASTS


def standing(deed: Deed) -> SecondLook | None:
    """The newest for exactly this that has not lapsed and was not used."""
    kind, about_id = deed.about
    found = select(SecondLook).where(
        SecondLook.deed == deed.name,
        SecondLook.about_kind == kind,
        SecondLook.about_id == about_id,
        SecondLook.digest == deed.digest,
        SecondLook.used_at.is_(None),
        SecondLook.asked_at >= clock.now() - LASTS,
    )
    return db.session.scalars(found.order_by(SecondLook.id.desc()).limit(1)).one_or_none()


def use(deed: Deed, *, by: Actor) -> None:
    """One yes is for one deed. Raises NotAgreed."""
    look = standing(deed)
    if look is not None:
        db.session.refresh(look, with_for_update=True)
    if look is None or not look.agreed or look.used_at is not None:
        raise NotAgreed
    look.used_at = clock.now()
    audit.note("used a second yes", by=by, about=deed.about, after={"look": look.id, "agreed by": look.answered_by})


def must_stand(deed: Deed) -> None:
    """For what takes several steps, all of one deed: the yes is not used up. Raises NotAgreed."""
    look = standing(deed)
    if look is None or not look.agreed:
        raise NotAgreed


def waiting() -> Sequence[SecondLook]:
    """For an answer, the oldest first."""
    found = select(SecondLook).where(SecondLook.agreed.is_(None), SecondLook.asked_at >= clock.now() - LASTS)
    return db.session.scalars(found.order_by(SecondLook.id)).all()
