import secrets
from collections.abc import Collection

from actions import clock
from actions.actors import Actor
from actions.addresses import Address
from actions.extensions import db
from actions.staff import followers
from actions.staff.audit import note
from actions.staff.models import Staff, new_uniquifier
from actions.staff.queries import everybody, with_address
from actions.staff.roles import StaffRole
from actions.staff.sessions import end_sessions
from actions.staff.zones import PLAIN
from email_templates.language import SOURCE_LANGUAGE

TABLE = Staff.__tablename__


class AlreadyStaff(Exception):
    """Somebody with this address works here."""


class LastAdmin(Exception):
    """Nobody would be left who may let others in."""


def invite(  # what is known of a member before they come
    address: Address,
    roles: Collection[StaffRole],
    *,
    name: str = "",
    language: str = SOURCE_LANGUAGE,
    time_zone: str = PLAIN,
    by: Actor,
) -> Staff:
    """A member who still has to take the invitation. Raises AlreadyStaff."""
    if with_address(address) is not None:
        raise AlreadyStaff
    member = Staff(
        email=address.original,
        email_hash=address.hash,
        name=name or address.original.partition("@")[0],
        role_names=_named(roles),
        language=language,
        time_zone=time_zone,
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
    if password_hash and member.joined_at:
        followers.tell(member, "password", by=by)
    member.name = name or member.name
    member.password = password_hash or member.password
    member.joined_at = member.joined_at or clock.now()
    _end_what_there_was(member)
    note("joined", by=by, about=(TABLE, member.id))


def name_password_link(member: Staff) -> None:
    """A link to a new password is mailed: any earlier one is worth nothing from here on."""
    member.password_link = secrets.token_hex(8)


def choose_password(member: Staff, password_hash: str, *, by: Actor) -> None:
    """By the link that was mailed. The second factor stays, every session ends, and nobody is signed in."""
    member.password = password_hash
    _end_what_there_was(member)
    note("chose a new password by mail", by=by, about=(TABLE, member.id))
    followers.tell(member, "password", by=by)


def settle(member: Staff, *, language: str, time_zone: str, by: Actor) -> None:
    """The language of mails to them, and the zone in which they read and write times."""
    member.language, member.time_zone = language, time_zone
    chosen = {"language": language, "time_zone": time_zone}
    note("chose time and language", by=by, about=(TABLE, member.id), after=chosen)


def give_roles(member: Staff, roles: Collection[StaffRole], *, by: Actor) -> None:
    """Raises LastAdmin."""
    before, after = member.role_names, _named(roles)
    if StaffRole.ADMIN not in after:
        _keep_an_admin(member)
    member.role_names = after
    if before != after:
        followers.tell(member, "roles", by=by)
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


def _end_what_there_was(member: Staff) -> None:
    member.fs_uniquifier, member.password_link = new_uniquifier(), None
    end_sessions(member.id)


def _named(roles: Collection[StaffRole]) -> list[str]:
    return [role.value for role in StaffRole if role in roles]


def _keep_an_admin(leaving: Staff) -> None:
    others = (one for one in everybody() if one.id != leaving.id and one.active)
    if StaffRole.ADMIN in leaving.role_names and not any(StaffRole.ADMIN in one.role_names for one in others):
        raise LastAdmin
