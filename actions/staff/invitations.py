"""The links that let a member in the first time: one purpose each, one use, since taking it changes what it names."""

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


def desk_url(member: Staff) -> str:
    """To open the desk of a demonstration without a password; one hour."""
    return _url("open", Purpose.DESK, member)


def member_of(purpose: Purpose, token: str) -> Staff:
    """Raises InvalidToken, or ExpiredToken, also for a link that was used."""
    parts = tokens.read(purpose, token)
    member = db.session.get(Staff, int(parts[0])) if len(parts) == 2 and parts[0].isdigit() else None  # noqa: PLR2004  # who, and which name
    if member is None or not member.active or member.fs_uniquifier[:SHOWN] != parts[1]:
        raise InvalidToken
    return member


def is_demonstration() -> bool:
    """Only there, and on this very machine, does a link open the desk without a password."""
    return settings().staff_second_factor == "optional" and urlsplit(settings().base_url).hostname in LOOPBACK


def _url(path: str, purpose: Purpose, member: Staff) -> str:
    return f"{settings().base_url}/desk/{path}/{tokens.sign(purpose, member.id, member.fs_uniquifier[:SHOWN])}"
