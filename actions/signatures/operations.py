import json
from datetime import datetime, timedelta

from sqlalchemy import select, update

from actions import clock
from actions.actors import Actor
from actions.config import settings
from actions.confirmations import operations as confirmations
from actions.confirmations import requests
from actions.confirmations.giving import give
from actions.confirmations.models import Confirmation, LinkRequest
from actions.confirmations.notices import tell_already_done
from actions.consents import operations as consents
from actions.consents.models import ConsentPurpose
from actions.consents.operations import Ticked
from actions.consents.queries import text_for
from actions.encryption import insert_or_find, ring
from actions.extensions import db
from actions.pages.models import Page
from actions.pages.queries import PageClosed, takes_acts, wording
from actions.signatures import handing_over, queries
from actions.signatures.forms import WishToSign
from actions.signatures.models import TRANSITIONS, Signature, SignatureState
from actions.supporters import operations as supporters
from actions.supporters.models import Supporter
from email_templates.catalogue import WaitingItem

KIND = "signature"
# Of these a row follows when somebody signs.
ACTS = (Signature.__tablename__, LinkRequest.__tablename__)
# The columns of its unique index: one waits.
WAITING = ("page_id", "supporter_id", "content_hash", "state")


class AlreadySigned(Exception):
    """This person's signature under this page counts already."""


def sign(
    wish: WishToSign,
    page: Page,
    supporter: Supporter,
    *,
    language: str,
    network_delay: timedelta = timedelta(),
    mail: bool = True,
    by: Actor,
) -> Confirmation | None:
    """The signature waits until its mailbox is proven; the same one again is the same row.

    Without `mail`, for an owner who proved the mailbox a moment ago: the confirmation to go on to, or None for
    somebody who has signed already. They are told by mail; whoever filled in the form is not.
    """
    signature = _waiting_or_new(wish, page, supporter, language)
    subject, content_hash = f"{KIND}:{page.id}", signature.content_hash
    if mail:
        requests.request_link(
            supporter,
            KIND,
            signature.id,
            subject=subject,
            content_hash=content_hash,
            language=language,
            network_delay=network_delay,
            by=by,
        )
        return None
    if already_done(signature.id, by):
        return None
    return confirmations.ask(
        supporter, KIND, signature.id, subject=subject, content_hash=content_hash, language=language, mail=False, by=by
    )


def already_done(signature_id: int, by: Actor) -> bool:
    """Whether its signer's name counts already; then they are told by mail, and this one goes."""
    signature = db.session.get_one(Signature, signature_id)
    before = queries.standing(signature.page_id, signature.supporter_id or 0)
    if before is None:
        return False
    page = db.session.get_one(Page, signature.page_id)
    _say_already_signed(before, page, db.session.get_one(Supporter, signature.supporter_id), by=by)
    refuse(signature_id, by)
    return True


def confirm(signature_id: int, confirmation: Confirmation, by: Actor) -> None:
    """Count it; where another of theirs counts already, this one goes. Raises PageClosed when the page has ended."""
    signature = db.session.get_one(Signature, signature_id)
    try:
        _count(signature, channel="sign form", confirmation_id=confirmation.id, by=by)
    except AlreadySigned:
        refuse(signature_id, by)


def sign_by_link(
    wish: WishToSign, page: Page, supporter: Supporter, *, language: str, mailing_id: int | None, by: Actor
) -> Signature:
    """In one press, by a link that proved the mailbox. Raises PageClosed and AlreadySigned."""
    if queries.standing(page.id, supporter.id) is not None:
        raise AlreadySigned
    signature = _waiting_or_new(wish, page, supporter, language)
    signature.mailing_id = mailing_id
    _count(signature, channel="act link", confirmation_id=None, by=by)
    return signature


def withdraw(signature: Signature, *, by: Actor) -> None:
    """Take it back; the page's number goes down with the next count."""
    if signature.state not in queries.STANDING:
        return
    _move(signature, SignatureState.WITHDRAWN)
    _forget_words(signature)
    handing_over.went_stale([signature.page_id])
    supporter = db.session.get(Supporter, signature.supporter_id) if signature.supporter_id else None
    if supporter is not None:
        page_id = signature.page_id
        consents.withdraw(supporter, ConsentPurpose.SIGN, page_id=page_id, channel="signature withdrawn", by=by)


def refuse(signature_id: int, by: Actor) -> None:
    signature = db.session.get_one(Signature, signature_id)
    _move(signature, SignatureState.REFUSED)
    _forget_words(signature)


def expire(signature_id: int, by: Actor) -> None:
    signature = db.session.get_one(Signature, signature_id)
    _move(signature, SignatureState.EXPIRED)
    _forget_words(signature)


def erase_of(supporter: Supporter, *, by: Actor) -> None:
    """Take their name and words off every signature; those that counted are withdrawn, and no undo brings them back."""
    for signature in db.session.scalars(select(Signature).where(Signature.supporter_id == supporter.id)):
        withdraw(signature, by=by)
        _forget_words(signature)


def content_hashes(signature_id: int) -> list[bytes]:
    """Of the row as it stands, under every key of the ring (L-06)."""
    row = db.session.get_one(Signature, signature_id)
    typed = (row.first_name or "", row.last_name or "", row.country or "", row.show_name, row.comment or "")
    return ring.blind_indexes(_content(*typed, row.ticked), KIND)


def _waiting_or_new(wish: WishToSign, page: Page, supporter: Supporter, language: str) -> Signature:
    row = Signature(
        page_id=page.id,
        supporter_id=supporter.id,
        page_version=page.version,
        language=language,
        country=wish.country,
        first_name=wish.first_name,
        last_name=wish.last_name,
        show_name=wish.show_name,
        comment=wish.comment or None,
        ticked=[one.to_json() for one in wish.ticked],
        content_hash=_hash(wish),
        state=SignatureState.UNCONFIRMED,
        tallied=False,
        created_at=clock.now(),
    )
    return insert_or_find(row, WAITING)


def _count(signature: Signature, *, channel: str, confirmation_id: int | None, by: Actor) -> None:
    page = db.session.get_one(Page, signature.page_id)
    supporter = db.session.get_one(Supporter, signature.supporter_id, with_for_update=True)
    if not takes_acts(page):
        raise PageClosed(page)
    if queries.standing(page.id, supporter.id) is not None:
        raise AlreadySigned
    _move(signature, SignatureState.COUNTED, counted_at=clock.now())
    supporters.prove_mailbox(
        supporter,
        first_name=signature.first_name,
        last_name=signature.last_name,
        country=signature.country,
        language=signature.language,
        by=by,
    )
    act = Ticked(ConsentPurpose.SIGN, text_for(ConsentPurpose.SIGN, signature.language).id, page_id=page.id)
    give(
        supporter,
        [act.to_json(), *signature.ticked],
        channel=f"{channel}: {page.slug}",
        requested_at=signature.created_at,
        confirmation_id=confirmation_id,
        by=by,
    )


def _move(signature: Signature, state: SignatureState, **values: datetime) -> None:
    """Compare-and-set: two that try at once make one transition."""
    before = [old for old, after in TRANSITIONS.items() if state in after]
    moved = db.session.scalars(
        update(Signature)
        .where(Signature.id == signature.id, Signature.state.in_(before))
        .values(state=state, settled_at=clock.now(), **values)
        .returning(Signature)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if moved.one_or_none() is None:
        raise confirmations.AlreadySettled


def _forget_words(signature: Signature) -> None:
    signature.first_name = signature.last_name = signature.comment = None
    db.session.flush()


def _say_already_signed(signature: Signature, page: Page, supporter: Supporter, *, by: Actor) -> None:
    item = WaitingItem(kind="signature", title=wording(page, supporter.language).title)
    url = f"{settings().base_url}/a/{page.slug}"
    tell_already_done(supporter, item, about_id=signature.id, page_url=url, by=by)


def _hash(wish: WishToSign) -> bytes:
    ticked = [one.to_json() for one in wish.ticked]
    typed = (wish.first_name, wish.last_name, wish.country, wish.show_name, wish.comment)
    return ring.blind_index(_content(*typed, ticked), KIND)


def _content(*typed: object) -> str:
    return json.dumps(typed, sort_keys=True)
