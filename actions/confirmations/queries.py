from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from actions import clock
from actions.confirmations.models import Confirmation, ConfirmationItem, ConfirmationMail, ItemState
from actions.extensions import db
from actions.supporters.models import Supporter, SupporterState
from actions.tokens import ExpiredToken, InvalidToken, Purpose, tokens


def by_token(token: str) -> Confirmation:
    """Raises InvalidToken, and ExpiredToken for a link whose person was erased or that is too old."""
    ids = tokens.read_ids(Purpose.CONFIRM, token)
    if len(ids) != 2:  # noqa: PLR2004  # confirmation and generation
        raise InvalidToken
    confirmation = db.session.get(Confirmation, ids[0])
    supporter = db.session.get(Supporter, confirmation.supporter_id) if confirmation else None
    if confirmation is None or supporter is None:
        raise InvalidToken
    if supporter.generation != ids[1] or supporter.state is SupporterState.ERASED:
        raise ExpiredToken
    return confirmation


def open_confirmation(supporter: Supporter) -> Confirmation | None:
    """The one that a new item is hung on."""
    wanted = select(Confirmation).where(
        Confirmation.supporter_id == supporter.id,
        Confirmation.closed_at.is_(None),
        Confirmation.expires_at > clock.now(),
        Confirmation.generation == supporter.generation,
    )
    return db.session.scalars(wanted).one_or_none()


def item_about(kind: str, item_id: int) -> ConfirmationItem | None:
    wanted = select(ConfirmationItem).where(ConfirmationItem.kind == kind, ConfirmationItem.item_id == item_id)
    return db.session.scalars(wanted).one_or_none()


def items_of(confirmation: Confirmation) -> Sequence[ConfirmationItem]:
    wanted = select(ConfirmationItem).where(ConfirmationItem.confirmation_id == confirmation.id)
    return db.session.scalars(wanted.order_by(ConfirmationItem.id)).all()


def waiting_items(confirmation: Confirmation) -> list[ConfirmationItem]:
    return [item for item in items_of(confirmation) if item.state is ItemState.WAITING]


@dataclass(frozen=True)
class MailsSoFar:
    """When confirmations fell due for one address: about one subject, and about anything; newest first."""

    subject: list[datetime]
    address: list[datetime]


def mails_so_far(supporter: Supporter, subject: str) -> MailsSoFar:
    """A mail about several items counts once for the address."""
    of_subject = (
        select(ConfirmationMail.due_at)
        .where(ConfirmationMail.supporter_id == supporter.id, ConfirmationMail.subject == subject)
        .order_by(ConfirmationMail.due_at.desc())
    )
    of_address = (
        select(func.max(ConfirmationMail.due_at).label("due"))
        .where(ConfirmationMail.supporter_id == supporter.id)
        .group_by(ConfirmationMail.delivery_id)
        .order_by(func.max(ConfirmationMail.due_at).desc())
    )
    return MailsSoFar(list(db.session.scalars(of_subject)), list(db.session.scalars(of_address)))
