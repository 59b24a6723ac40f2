"""Links that let a member in, or to a new password: one purpose and one use each, since it changes what it names."""

from datetime import datetime
from urllib.parse import urlsplit

from actions.config import LOOPBACK, settings
from actions.extensions import db
from actions.staff.models import Staff
from actions.tokens import InvalidToken, Purpose, tokens

# Enough of the random name to tell whether it is still the same.
SHOWN = 16


def invitation_url(member: Staff) -> str:
    """To choose a name and a password; three days."""
    return _url("join", Purpose.STAFF_INVITE, member)


def password_url(member: Staff, at: datetime) -> str:
    """To choose a new password; one hour from `at`, and only the link that was mailed last."""
    token = tokens.sign(Purpose.STAFF_PASSWORD, member.id, _named(member), str(member.password_link), at=at)
    return f"{settings().base_url}/desk/new-password/{token}"


def desk_url(member: Staff) -> str:
    """To open the desk of a demonstration without a password; one hour."""
    return _url("open", Purpose.DESK, member)


def member_of(purpose: Purpose, token: str) -> Staff:
    """Raises InvalidToken, or ExpiredToken, also for a link that was used."""
    number, *names = tokens.read(purpose, token)
    member = db.session.get(Staff, int(number)) if number.isdigit() else None
    if member is None or not member.active:
        raise InvalidToken
    wanted = [_named(member), str(member.password_link)] if purpose is Purpose.STAFF_PASSWORD else [_named(member)]
    if names != wanted:
        raise InvalidToken
    return member


def is_demonstration() -> bool:
    """Only there, and on this very machine, does a link open the desk without a password."""
    return settings().staff_second_factor == "optional" and urlsplit(settings().base_url).hostname in LOOPBACK


def _url(path: str, purpose: Purpose, member: Staff) -> str:
    return f"{settings().base_url}/desk/{path}/{tokens.sign(purpose, member.id, _named(member))}"


def _named(member: Staff) -> str:
    return member.fs_uniquifier[:SHOWN]
