from collections.abc import Collection

from actions import clock
from actions.actors import Actor
from actions.addresses import Address
from actions.extensions import db
from actions.staff.audit import note
from actions.staff.models import Staff, new_uniquifier
from actions.staff.queries import everybody, with_address
from actions.staff.roles import StaffRole
from actions.staff.sessions import end_sessions

TABLE = Staff.__tablename__


class AlreadyStaff(Exception):
    """Somebody with this address works here."""


class LastAdmin(Exception):
    """Nobody would be left who may let others in."""


def invite(address: Address, roles: Collection[StaffRole], *, name: str = "", by: Actor) -> Staff:
    """A member who still has to take the invitation. Raises AlreadyStaff."""
    if with_address(address) is not None:
        raise AlreadyStaff
    member = Staff(
        email=address.original,
        email_hash=address.hash,
        name=name or address.original.partition("@")[0],
        role_names=_named(roles),
        fs_uniquifier=new_uniquifier(),
        mf_recovery_codes=[],
        created_at=clock.now(),
    )
    db.session.add(member)
    db.session.flush()
    note("invited", by=by, about=(TABLE, member.id), after={"roles": member.role_names})
    return member


def join(member: Staff, *, name: str | None = None, password_hash: str | None = None, by: Actor) -> None:
    """The invitation is taken: its link, and every session there was, is worth nothing from here on."""
    member.name = name or member.name
    member.password = password_hash or member.password
    member.joined_at = member.joined_at or clock.now()
    member.fs_uniquifier = new_uniquifier()
    end_sessions(member.id)
    note("joined", by=by, about=(TABLE, member.id))


def give_roles(member: Staff, roles: Collection[StaffRole], *, by: Actor) -> None:
    """Raises LastAdmin."""
    before, after = member.role_names, _named(roles)
    if StaffRole.ADMIN not in after:
        _keep_an_admin(member)
    member.role_names = after
    note("gave roles", by=by, about=(TABLE, member.id), before={"roles": before}, after={"roles": after})


def shut_out(member: Staff, *, by: Actor) -> None:
    """At once, on every browser. Raises LastAdmin."""
    _keep_an_admin(member)
    member.active = False
    end_sessions(member.id)
    note("shut out", by=by, about=(TABLE, member.id), before={"active": True}, after={"active": False})


def let_in(member: Staff, *, by: Actor) -> None:
    member.active = True
    note("let in", by=by, about=(TABLE, member.id), before={"active": False}, after={"active": True})


def _named(roles: Collection[StaffRole]) -> list[str]:
    return [role.value for role in StaffRole if role in roles]


def _keep_an_admin(leaving: Staff) -> None:
    others = (one for one in everybody() if one.id != leaving.id and one.active)
    if StaffRole.ADMIN in leaving.role_names and not any(StaffRole.ADMIN in one.role_names for one in others):
        raise LastAdmin
