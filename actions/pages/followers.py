"""Who else must know when a public page's words change: rooms above this one, registered in create_foundation."""

from collections.abc import Callable

from actions.actors import Actor
from actions.pages.models import Page

Follower = Callable[..., int]
"""Called with the page and `by=`; answers how many of its own things it held for it."""

_followers: dict[str, Follower] = {}


def register(name: str, follower: Follower) -> None:
    """After a change of the model letter; again with the same name replaces it."""
    _followers[name] = follower


def tell(page: Page, *, by: Actor) -> int:
    """How many things were held in all."""
    return sum(follower(page, by=by) for follower in _followers.values())


def forget(name: str) -> None:
    _followers.pop(name, None)
