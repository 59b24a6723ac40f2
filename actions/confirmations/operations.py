"""One mailed link for everything that an address still has to confirm; limits delay its mail, they drop none of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, select

from actions import clock
from actions.actors import Actor
from actions.config import settings
from actions.confirmations import queries
from actions.confirmations.handlers import handler_of
from actions.confirmations.models import Confirmation, ConfirmationItem, ConfirmationMail, ItemState, LinkRequest
from actions.deliveries import operations as deliveries
from actions.deliveries.models import Delivery, Lane
from actions.deliveries.queries import queued_about
from actions.extensions import db
from actions.organisation.queries import letterhead
from actions.supporters import operations as supporters
from actions.supporters.models import Supporter, SupporterState
from actions.suppressions import operations as suppressions
from actions.suppressions import queries as suppression_queries
from actions.suppressions.models import SuppressionReason
from actions.tokens import Purpose, tokens
from email_templates.catalogue import Confirmation as ConfirmationEmail

DAY = timedelta(days=1)
# Reminders and ends of one run, so that none holds its locks for long.
MOST_AT_ONCE = 500
KIND = ConfirmationEmail.folder


class ContentChanged(Exception):
    """What would be done is not what was asked for: it is refused and reported, never done (L-06)."""


class AlreadySettled(Exception):
    """The item was confirmed, refused or has expired before."""


def ask(
    supporter: Supporter,
    kind: str,
    item_id: int,
    *,
    subject: str,
    content_hash: bytes,
    others: Sequence[tuple[int, bytes]] = (),
    language: str,
    not_before: datetime | None = None,
    mail: bool = True,
    by: Actor,
) -> Confirmation:
    """Hang an item on the supporter's open link and have the link mailed, within the limits.

    `others`: further items of the same wish, and the hashes of their contents; they are confirmed together.

    The same item asked for again while its mail is on the way or fresh queues no second one. Without `mail` nothing
    is sent: its owner proved the mailbox a moment ago and is sent on to `open_link`.
    """
    _lock(supporter)
    wanted = [(item_id, content_hash), *others]
    known = {one: item for one, _ in wanted if (item := queries.item_about(kind, one))}
    unclosed = queries.unclosed(supporter)
    takes_items = unclosed is not None and unclosed.takes_items(supporter.generation, clock.now())
    kept = list(known.values())
    confirmation = unclosed if unclosed and takes_items else _new_link(supporter, language, unclosed, keep=kept, by=by)
    together: int | None = None
    for one, hashed in wanted:
        item = known.get(one) or _new_item(kind, one, subject, hashed)
        # A known one may have waited on a link that has run out since.
        item.confirmation_id, item.together = confirmation.id, together
        db.session.add(item)
        db.session.flush()
        if others and together is None:
            together = item.together = item.id
    db.session.flush()
    if not mail:
        confirmation.expires_at = max(confirmation.expires_at, clock.now() + settings().confirmation_lifetime)
        return confirmation
    if len(known) < len(wanted) or _is_stale(queries.mails_so_far(supporter).about(subject)):
        _mail_link(confirmation, supporter, not_before=not_before, reminder=False, by=by)
    return confirmation


def open_link(confirmation: Confirmation, supporter: Supporter) -> str:
    """The token of a link that its owner is sent to at once, because the mailbox was proven a moment ago."""
    return tokens.sign(Purpose.CONFIRM, confirmation.id, supporter.generation)


def mail_link(
    confirmation: Confirmation,
    supporter: Supporter,
    *,
    not_before: datetime | None = None,
    reminder: bool = False,
    by: Actor,
) -> None:
    """Queue the link with all that waits, when its limits allow, or put the items into the mail that is queued."""
    _lock(supporter)
    _mail_link(confirmation, supporter, not_before=not_before, reminder=reminder, by=by)


def _mail_link(
    confirmation: Confirmation, supporter: Supporter, *, not_before: datetime | None, reminder: bool, by: Actor
) -> None:
    waiting = queries.waiting_items(confirmation)
    if not waiting or suppression_queries.complained([supporter.email_hash] if supporter.email_hash else []):
        return
    queued = queued_about(KIND, confirmation.id)
    due_at = queued.due_at if queued else _due_at(supporter, waiting, max(clock.now(), not_before or clock.now()))
    if due_at is None:
        return
    email = _email(confirmation, supporter, waiting, due_at, reminder=reminder)
    subjects = {item.subject for item in waiting}
    if queued is not None and deliveries.replace_values(queued, email, by=by):
        delivery = queued
        subjects -= queries.subjects_of(queued)
    else:
        delivery = deliveries.queue(email, to=supporter, lane=Lane.NOW, about_id=confirmation.id, due_at=due_at, by=by)
    confirmation.expires_at = due_at + settings().confirmation_lifetime
    _count(delivery, supporter, subjects, due_at)


def mail_again(supporter: Supporter, not_before: datetime, by: Actor) -> None:
    """The link with all that waits, asked for once more by its address."""
    confirmation = queries.open_confirmation(supporter)
    if confirmation is not None:
        mail_link(confirmation, supporter, not_before=not_before, by=by)


def settle(items: Sequence[ConfirmationItem], confirmation: Confirmation, *, by: Actor) -> bool:
    """Do what was asked, once, of each that waits; returns whether more waits on the same link.

    Raises AlreadySettled where none waits, ContentChanged, or what the items' room raises; then none is done.
    """
    waiting = [item for item in queries.locked(items) if item.state is ItemState.WAITING]
    if not waiting:
        raise AlreadySettled
    for item in waiting:
        handler = handler_of(item.kind)
        if item.content_hash not in handler.content_hashes(item.item_id):
            raise ContentChanged
        handler.confirm(item.item_id, confirmation, by)
        _end(item, ItemState.CONFIRMED)
    supporter = db.session.get_one(Supporter, confirmation.supporter_id)
    if supporter.email_hash is not None:
        suppressions.cure([supporter.email_hash], by=by)
    return not _close_if_done(confirmation)


def refuse_all(confirmation: Confirmation, *, by: Actor) -> None:
    """After "this wasn't me": what waited is deleted, and an address that nobody ever confirmed gets no mailing."""
    refuse_waiting(confirmation, by=by)
    supporter = db.session.get_one(Supporter, confirmation.supporter_id)
    if supporter.state is SupporterState.UNCONFIRMED and supporter.email_hash is not None:
        suppressions.suppress(supporter.email_hash, SuppressionReason.NOT_ME, by=by)
        supporters.erase(supporter, by=by)


def refuse_waiting(confirmation: Confirmation, *, by: Actor) -> None:
    """Delete what waits on this link; all that was confirmed by it stays."""
    for item in queries.waiting_items(confirmation):
        handler_of(item.kind).refuse(item.item_id, by)
        _end(item, ItemState.REFUSED)
    _close_if_done(confirmation)


def remind(*, by: Actor) -> int:
    """One reminder, a day after the asking, for what still waits (C-16); returns how many were queued."""
    at = clock.now()
    due = (
        Confirmation.closed_at.is_(None),
        Confirmation.reminded_at.is_(None),
        Confirmation.created_at < at - settings().reminder_after,
        Confirmation.expires_at > at,
    )
    reminded = 0
    # The supporter is locked before the link, as a form does it, so that neither waits for the other in a circle.
    wanted = select(Supporter).join(Confirmation, Confirmation.supporter_id == Supporter.id).where(*due)
    for supporter in db.session.scalars(wanted.limit(MOST_AT_ONCE).with_for_update(of=Supporter, skip_locked=True)):
        for confirmation in db.session.scalars(select(Confirmation).where(*due, _of(supporter))):
            confirmation.reminded_at = at
            mail_link(confirmation, supporter, reminder=True, by=by)
            reminded += 1
    db.session.flush()
    return reminded


def expire(*, by: Actor) -> int:
    """What was never confirmed goes, with the address if nothing else is known of it; returns how many links ended."""
    # Whoever asks for it again at this moment is about to get a new link.
    asked_again = exists().where(LinkRequest.supporter_id == Confirmation.supporter_id)
    wanted = select(Confirmation).where(
        Confirmation.closed_at.is_(None), Confirmation.expires_at < clock.now(), ~asked_again
    )
    ended = db.session.scalars(wanted.limit(MOST_AT_ONCE).with_for_update(skip_locked=True)).all()
    for confirmation in ended:
        _expire_link(confirmation, by=by)
        supporter = db.session.get_one(Supporter, confirmation.supporter_id)
        if supporter.state is SupporterState.UNCONFIRMED:
            supporters.erase(supporter, by=by)
    db.session.flush()
    return len(ended)


def _lock(supporter: Supporter) -> None:
    """Forms that arrive together for one address are taken one after the other, so that limits see every mail."""
    db.session.get(Supporter, supporter.id, with_for_update=True)


def _is_stale(mails: Sequence[datetime]) -> bool:
    return not mails or clock.now() >= mails[0] + settings().confirmation_interval


def _new_link(
    supporter: Supporter, language: str, old: Confirmation | None, *, keep: Sequence[ConfirmationItem], by: Actor
) -> Confirmation:
    """What waited on one that has run out ends with it, except what is asked for again right now."""
    if old is not None:
        _expire_link(old, keep=keep, by=by)
    made = Confirmation(
        supporter_id=supporter.id,
        generation=supporter.generation,
        language=language,
        created_at=clock.now(),
        expires_at=clock.now() + settings().confirmation_lifetime,
    )
    db.session.add(made)
    db.session.flush()
    return made


def _new_item(kind: str, item_id: int, subject: str, content_hash: bytes) -> ConfirmationItem:
    return ConfirmationItem(
        kind=kind,
        item_id=item_id,
        subject=subject,
        content_hash=content_hash,
        state=ItemState.WAITING,
        requested_at=clock.now(),
    )


def _expire_link(confirmation: Confirmation, *, keep: Sequence[ConfirmationItem] = (), by: Actor) -> None:
    for item in queries.waiting_items(confirmation):
        if item not in keep:
            handler_of(item.kind).expire(item.item_id, by)
            _end(item, ItemState.EXPIRED)
    confirmation.closed_at = clock.now()
    db.session.flush()


def _of(supporter: Supporter) -> ColumnElement[bool]:
    return Confirmation.supporter_id == supporter.id


def _due_at(supporter: Supporter, waiting: Sequence[ConfirmationItem], earliest: datetime) -> datetime | None:
    """The first moment at which the limits allow the mail; None when each subject has had all its mails."""
    so_far = queries.mails_so_far(supporter)
    allowed = [due for subject in {item.subject for item in waiting} if (due := _allowed(so_far, subject, earliest))]
    return min(allowed, default=None)


def _allowed(so_far: queries.MailsSoFar, subject: str, earliest: datetime) -> datetime | None:
    limits, mails = settings(), so_far.about(subject)
    if len(mails) >= limits.confirmations_in_all:
        return None
    moments = [earliest]
    if mails:
        moments.append(mails[0] + limits.confirmation_interval)
    if len(mails) >= limits.confirmations_per_day:
        moments.append(mails[limits.confirmations_per_day - 1] + DAY)
    if len(so_far.address) >= limits.confirmations_per_address_and_day:
        moments.append(so_far.address[limits.confirmations_per_address_and_day - 1] + DAY)
    return max(moments)


def _email(
    confirmation: Confirmation,
    supporter: Supporter,
    waiting: Sequence[ConfirmationItem],
    due_at: datetime,
    *,
    reminder: bool,
) -> ConfirmationEmail:
    chosen = settings()
    language = confirmation.language
    token = tokens.sign(Purpose.CONFIRM, confirmation.id, supporter.generation, at=due_at)
    shown = [handler_of(item.kind).waiting_item(item.item_id, language) for item in waiting]
    return ConfirmationEmail(
        letterhead=letterhead(),
        language=language,
        # Several versions of one act are one line: the page shows them all.
        items=tuple(dict.fromkeys(shown)),
        link=f"{chosen.base_url}/c/{token}",
        requested_at=waiting[-1].requested_at,
        valid_days=chosen.confirmation_lifetime.days,
        reminder=reminder,
    )


def _count(delivery: Delivery, supporter: Supporter, subjects: set[str], due_at: datetime) -> None:
    db.session.add_all(
        ConfirmationMail(supporter_id=supporter.id, subject=subject, delivery_id=delivery.id, due_at=due_at)
        for subject in subjects
    )
    db.session.flush()


def _end(item: ConfirmationItem, state: ItemState) -> None:
    item.state = state
    item.settled_at = clock.now()
    db.session.flush()


def _close_if_done(confirmation: Confirmation) -> bool:
    if queries.waiting_items(confirmation):
        return False
    confirmation.closed_at = confirmation.closed_at or clock.now()
    db.session.flush()
    return True
