"""Who tells a member of what changed about their way in: a higher room, registered in create_foundation."""

from collections.abc import Callable
from typing import Literal

from actions.actors import Actor
from actions.staff.models import Staff

Change = Literal["password", "second_factor", "second_factor_off", "recovery_codes", "roles"]
Follower = Callable[[Staff, Change, Actor], None]
_followers: dict[str, Follower] = {}


def register(name: str, follower: Follower) -> None:
    """Called in the transaction of the change; again with the same name replaces it."""
    _followers[name] = follower


def forget(name: str) -> None:
    _followers.pop(name, None)


def tell(member: Staff, change: Change, *, by: Actor) -> None:
    for follower in _followers.values():
        follower(member, change, by)
