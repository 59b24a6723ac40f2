from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select

from actions import clock, published
from actions.confirmations.models import Confirmation, ConfirmationItem, ConfirmationMail, ItemState
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.supporters.models import Supporter, SupporterState
from actions.tokens import ExpiredToken, InvalidToken, Purpose, tokens


def by_token(token: str) -> Confirmation:
    """Raises InvalidToken, and ExpiredToken for a link whose person was erased or that is too old."""
    ids = tokens.read_ids(Purpose.CONFIRM, token)
    if len(ids) != 2:  # noqa: PLR2004  # confirmation and generation
        raise InvalidToken
    wanted = select(Confirmation, Supporter, published.mark_now()).join(
        Supporter, Confirmation.supporter_id == Supporter.id
    )
    found = db.session.execute(wanted.where(Confirmation.id == ids[0])).one_or_none()
    if found is None:
        raise InvalidToken
    confirmation, supporter, mark = found
    published.note(mark)
    if supporter.generation != ids[1] or supporter.state is SupporterState.ERASED:
        raise ExpiredToken
    return cast("Confirmation", confirmation)


def unclosed(supporter: Supporter) -> Confirmation | None:
    """The one that new items are hung on, unless it has run out; a unique index holds it to one."""
    wanted = select(Confirmation).where(Confirmation.supporter_id == supporter.id, Confirmation.closed_at.is_(None))
    return db.session.scalars(wanted).one_or_none()


def open_confirmation(supporter: Supporter) -> Confirmation | None:
    """The one that a new item is hung on."""
    found = unclosed(supporter)
    return found if found and found.takes_items(supporter.generation, clock.now()) else None


def item_about(kind: str, item_id: int) -> ConfirmationItem | None:
    wanted = select(ConfirmationItem).where(ConfirmationItem.kind == kind, ConfirmationItem.item_id == item_id)
    return db.session.scalars(wanted).one_or_none()


def items_of(confirmation: Confirmation) -> Sequence[ConfirmationItem]:
    wanted = select(ConfirmationItem).where(ConfirmationItem.confirmation_id == confirmation.id)
    return db.session.scalars(wanted.order_by(ConfirmationItem.id)).all()


def waiting_items(confirmation: Confirmation) -> Sequence[ConfirmationItem]:
    wanted = select(ConfirmationItem).where(
        ConfirmationItem.confirmation_id == confirmation.id, ConfirmationItem.state == ItemState.WAITING
    )
    return db.session.scalars(wanted.order_by(ConfirmationItem.id)).all()


def locked(items: Sequence[ConfirmationItem]) -> Sequence[ConfirmationItem]:
    """As they stand now; always in one order, so that two who press at once do not wait for each other in a circle."""
    ids = [item.id for item in items]
    wanted = select(ConfirmationItem).where(ConfirmationItem.id.in_(ids)).order_by(ConfirmationItem.id)
    return db.session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).all()


@dataclass(frozen=True)
class MailsSoFar:
    """Confirmations for one address: subject, delivery, and when it fell due; newest first."""

    mails: Sequence[tuple[str, int, datetime]]

    def about(self, subject: str) -> list[datetime]:
        return [due for named, _, due in self.mails if named == subject]

    @property
    def address(self) -> list[datetime]:
        """A mail about several items counts once for the address."""
        newest: dict[int, datetime] = {}
        for _, delivery_id, due in self.mails:
            newest.setdefault(delivery_id, due)
        return list(newest.values())


def mails_so_far(supporter: Supporter) -> MailsSoFar:
    wanted = select(ConfirmationMail.subject, ConfirmationMail.delivery_id, ConfirmationMail.due_at)
    of_address = wanted.where(ConfirmationMail.supporter_id == supporter.id)
    rows = db.session.execute(of_address.order_by(ConfirmationMail.due_at.desc()))
    return MailsSoFar([(subject, delivery_id, due) for subject, delivery_id, due in rows])


def subjects_of(delivery: Delivery) -> set[str]:
    """What one mail is about, as far as it was counted."""
    wanted = select(ConfirmationMail.subject).where(ConfirmationMail.delivery_id == delivery.id)
    return set(db.session.scalars(wanted))
