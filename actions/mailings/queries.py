from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from actions import clock
from actions.consents.queries import wants_case_news
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.mailings.models import Mailing, MailingState, MailingText
from actions.pages.models import Page, PageState
from actions.segments.queries import is_on_list, may_be_mailed
from actions.supporters.models import Supporter


def by_id(mailing_id: int) -> Mailing | None:
    return db.session.get(Mailing, mailing_id)


def by_key(key: str) -> Mailing | None:
    return db.session.scalars(select(Mailing).where(Mailing.key == key)).one_or_none()


def texts_of(mailing: Mailing) -> dict[str, MailingText]:
    """By language, in the order in which they were written."""
    found = db.session.scalars(select(MailingText).where(MailingText.mailing_id == mailing.id).order_by(MailingText.id))
    return {text.language: text for text in found}


def text_in(mailing: Mailing, language: str) -> MailingText | None:
    return db.session.scalars(
        select(MailingText).where(MailingText.mailing_id == mailing.id, MailingText.language == language)
    ).one_or_none()


def pages_to_choose() -> Sequence[Page]:
    """Whatever has been open once, the newest first."""
    return db.session.scalars(select(Page).where(Page.state != PageState.DRAFT).order_by(Page.id.desc())).all()


def newest(most: int) -> Sequence[Mailing]:
    return db.session.scalars(select(Mailing).order_by(Mailing.id.desc()).limit(most)).all()


def subjects_of(mailings: Iterable[Mailing]) -> dict[int, str]:
    """Mailing -> the subject in the language that was written first."""
    of_them = MailingText.mailing_id.in_([mailing.id for mailing in mailings])
    found = db.session.execute(
        select(MailingText.mailing_id, MailingText.subject).where(of_them).order_by(MailingText.id.desc())
    )
    return {mailing_id: subject for mailing_id, subject in found}  # noqa: C416  # dict() of rows has no types


def due() -> Sequence[Mailing]:
    """Scheduled, and its time has come."""
    scheduled = Mailing.state == MailingState.SCHEDULED
    return db.session.scalars(select(Mailing).where(scheduled, Mailing.launch_at <= clock.now())).all()


def under_way() -> list[Mailing]:
    """What may end at any moment: being sent, or cancelled with rows still on the wire."""
    cancelling = and_(Mailing.state == MailingState.CANCELLED, Mailing.ended_at.is_(None))
    return list(db.session.scalars(select(Mailing).where(or_(Mailing.state == MailingState.SENDING, cancelling))))


def to_be_counted() -> list[Mailing]:
    """Whose numbers may still change: under way, or paused."""
    paused = select(Mailing).where(Mailing.state == MailingState.PAUSED)
    return [*under_way(), *db.session.scalars(paused)]


def has_open_rows(mailing: Mailing) -> bool:
    """Stops at the first that it finds, since it is asked every few seconds."""
    still_open = exists().where(Delivery.mailing_id == mailing.id, Delivery.ended_at.is_(None))
    return bool(db.session.scalar(select(still_open)))


def row_count(mailing: Mailing) -> int:
    counted = select(func.count()).select_from(Delivery).where(Delivery.mailing_id == mailing.id)
    return db.session.scalars(counted).one()


def wanted() -> ColumnElement[bool]:
    """In SQL, of a row of deliveries: its reader still wants it, asked at the last moment before it is sent.

    On a list: still subscribed. News of a case: consent still standing. Both: an active supporter whose address is not
    suppressed (O-04, B-43, B-57). A delivery that belongs to no mailing is somebody else's question, and true here.
    """
    by_scope = case(
        (Mailing.list_id.is_not(None), is_on_list(_list_of_mailing())), else_=wants_case_news(_page_of_mailing())
    )
    still = exists().where(
        Mailing.id == Delivery.mailing_id, Supporter.id == Delivery.supporter_id, may_be_mailed(), by_scope
    )
    return or_(Delivery.mailing_id.is_(None), still)


def held_back() -> ColumnElement[bool]:
    """In SQL, of a row of deliveries: its mailing is paused, so it keeps its place in the queue (O-14)."""
    paused = select(Mailing.id).where(Mailing.state == MailingState.PAUSED)
    return and_(Delivery.mailing_id.is_not(None), Delivery.mailing_id.in_(paused))


def called_back() -> ColumnElement[bool]:
    """In SQL, of a row of deliveries: its mailing was cancelled, for good."""
    cancelled = select(Mailing.id).where(Mailing.state == MailingState.CANCELLED)
    return and_(Delivery.mailing_id.is_not(None), Delivery.mailing_id.in_(cancelled))


def _list_of_mailing() -> ColumnElement[int]:
    return Mailing.list_id.expression  # type: ignore[return-value]  # asked only where it is not null


def _page_of_mailing() -> ColumnElement[int]:
    return Mailing.page_id.expression  # type: ignore[return-value]  # as above; a mailing has a list or a page
