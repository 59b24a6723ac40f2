import json
from datetime import timedelta

from actions import clock
from actions.actors import Actor
from actions.config import settings
from actions.confirmations import requests
from actions.confirmations.giving import give
from actions.confirmations.models import Confirmation, LinkRequest
from actions.confirmations.notices import tell_already_done
from actions.encryption import insert_or_find, ring
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import name_in, subscriptions_of
from actions.signups import queries
from actions.signups.forms import WishToJoin
from actions.signups.models import Signup, SignupState
from actions.supporters import operations as supporters
from actions.supporters.models import Supporter
from email_templates.catalogue import WaitingItem

KIND = "signup"
# Of these a row follows when somebody joins.
ACTS = (Signup.__tablename__, LinkRequest.__tablename__)
# The columns of its unique index: one waits.
WAITING = ("list_id", "supporter_id", "content_hash", "state")


def join(
    wish: WishToJoin, joined: MailingList, *, language: str, network_delay: timedelta = timedelta(), by: Actor
) -> Signup:
    """The wish waits until its mailbox is proven; the same wish again is the same row."""
    supporter = supporters.find_or_add(wish.address, language=language, source=wish.source, acts=ACTS, by=by)
    signup = _waiting_or_new(wish, joined, supporter, language)
    requests.request_link(
        supporter,
        KIND,
        signup.id,
        subject=f"{KIND}:{joined.id}",
        content_hash=signup.content_hash,
        language=language,
        network_delay=network_delay,
        by=by,
    )
    return signup


def confirm(signup_id: int, confirmation: Confirmation, by: Actor) -> None:
    """The mailbox is proven: on the list, with the consent as it was shown."""
    signup = db.session.get_one(Signup, signup_id)
    supporter = db.session.get_one(Supporter, signup.supporter_id)
    supporters.prove_mailbox(
        supporter, first_name=signup.first_name, country=signup.country, language=signup.language, by=by
    )
    give(
        supporter,
        signup.ticked,
        channel=f"{KIND}: {signup.source}",
        requested_at=signup.created_at,
        confirmation_id=confirmation.id,
        by=by,
    )
    _end(signup, SignupState.CONFIRMED)


def refuse(signup_id: int, by: Actor) -> None:
    _end(db.session.get_one(Signup, signup_id), SignupState.REFUSED)


def expire(signup_id: int, by: Actor) -> None:
    _end(db.session.get_one(Signup, signup_id), SignupState.EXPIRED)


def content_hashes(signup_id: int) -> list[bytes]:
    """Of the row as it stands, under every key of the ring (L-06)."""
    signup = db.session.get_one(Signup, signup_id)
    return ring.blind_indexes(_content(signup.first_name or "", signup.country, signup.ticked), KIND)


def already_done(signup_id: int, by: Actor) -> bool:
    """Whether they are on the list already; then they are told by mail, and this wish goes."""
    signup = db.session.get_one(Signup, signup_id)
    supporter = db.session.get_one(Supporter, signup.supporter_id)
    if signup.list_id not in {joined.id for _, joined in subscriptions_of(supporter.id)}:
        return False
    item = WaitingItem(kind="signup", title=name_in(queries.list_of(signup), supporter.language))
    tell_already_done(supporter, item, about_id=signup.list_id, page_url=f"{settings().base_url}/", by=by)
    refuse(signup_id, by)
    return True


def _waiting_or_new(wish: WishToJoin, joined: MailingList, supporter: Supporter, language: str) -> Signup:
    row = Signup(
        list_id=joined.id,
        supporter_id=supporter.id,
        language=language,
        country=wish.country,
        first_name=wish.first_name or None,
        ticked=[one.to_json() for one in wish.ticked],
        source=wish.source,
        content_hash=_hash(wish),
        state=SignupState.UNCONFIRMED,
        created_at=clock.now(),
    )
    return insert_or_find(row, WAITING)


def _end(signup: Signup, state: SignupState) -> None:
    """What was typed has become the supporter's, or goes."""
    signup.state = state
    signup.settled_at = clock.now()
    signup.first_name = None
    db.session.flush()


def _hash(wish: WishToJoin) -> bytes:
    return ring.blind_index(_content(wish.first_name, wish.country, [one.to_json() for one in wish.ticked]), KIND)


def _content(first_name: str, country: str | None, ticked: object) -> str:
    return json.dumps([first_name, country, ticked], sort_keys=True)
