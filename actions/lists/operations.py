import re
import secrets
from collections.abc import Mapping

from sqlalchemy import select

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.lists.models import MailingList, Subscription, SubscriptionState
from actions.lists.queries import by_slug
from actions.slugs import free_slug

LONGEST_SLUG = 40
_LABEL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class ListRefused(Exception):
    """It has no words, or its label cannot stand in a List-Id (RFC 2919 §2)."""


def save_list(slug: str, label: str, wordings: Mapping[str, Mapping[str, str]], *, by: Actor) -> MailingList:
    """The list of that slug, new or with new words: language -> {"name", "description"}.

    The label stays what it was at first, since mail programs know the list by it (B-15). Raises ListRefused.
    """
    if not _LABEL.fullmatch(label):
        raise ListRefused("a label may hold small letters, digits and hyphens")
    if not wordings or not all(words.get("name") for words in wordings.values()):
        raise ListRefused("a list needs a name in every language that it has words in")
    found = by_slug(slug)
    if found is None:
        found = MailingList(slug=slug, label=label, created_at=clock.now())
        db.session.add(found)
    found.wordings = {language: dict(words) for language, words in wordings.items()}
    db.session.flush()
    return found


def add_list(wordings: Mapping[str, Mapping[str, str]], *, by: Actor) -> MailingList:
    """A new list; what mail programs know it by is drawn by lot, since a label that speaks would tell who reads it
    (P-14). Raises ListRefused.
    """
    name = next((words["name"] for words in wordings.values() if words.get("name")), "")
    slug = free_slug(name, longest=LONGEST_SLUG, otherwise="list", is_taken=lambda slug: by_slug(slug) is not None)
    return save_list(slug, f"l-{secrets.token_hex(4)}", wordings, by=by)


def subscribe(list_id: int, supporter_id: int, *, by: Actor) -> bool:
    """True when that put them on the list; False for somebody who is on it already."""
    found = _subscription(list_id, supporter_id)
    if found is not None and found.state is SubscriptionState.ACTIVE:
        return False
    if found is None:
        found = Subscription(list_id=list_id, supporter_id=supporter_id)
        db.session.add(found)
    found.state, found.joined_at, found.left_at = SubscriptionState.ACTIVE, clock.now(), None
    db.session.flush()
    return True


def leave(list_id: int, supporter_id: int, *, by: Actor) -> bool:
    """True when that took them off the list; False for somebody who was not on it."""
    found = _subscription(list_id, supporter_id)
    if found is None or found.state is SubscriptionState.LEFT:
        return False
    found.state, found.left_at = SubscriptionState.LEFT, clock.now()
    db.session.flush()
    return True


def _subscription(list_id: int, supporter_id: int) -> Subscription | None:
    wanted = select(Subscription).where(Subscription.list_id == list_id, Subscription.supporter_id == supporter_id)
    return db.session.scalars(wanted).one_or_none()
