from collections.abc import Sequence

from sqlalchemy import select

from actions import published
from actions.extensions import db
from actions.lists.models import MailingList, Subscription, SubscriptionState


class NoList(LookupError):
    """No list is set up to join."""


def the_list() -> MailingList:
    """The list that a page offers: the oldest. Raises NoList."""
    found = published.remembered("the list", _oldest)
    if found is None:
        raise NoList
    return found


def _oldest() -> MailingList | None:
    found = db.session.scalars(select(MailingList).order_by(MailingList.id).limit(1)).one_or_none()
    return found and published.apart(found)


def subscription_of(list_id: int, supporter_id: int) -> Subscription:
    """Whatever its state: somebody who left has one too. Raises NoResultFound for somebody who never joined."""
    wanted = select(Subscription).where(Subscription.list_id == list_id, Subscription.supporter_id == supporter_id)
    return db.session.scalars(wanted).one()


def the_lists() -> Sequence[MailingList]:
    """Every list, the oldest first."""
    return db.session.scalars(select(MailingList).order_by(MailingList.id)).all()


def by_slug(slug: str) -> MailingList | None:
    return db.session.scalars(select(MailingList).where(MailingList.slug == slug)).one_or_none()


def subscriptions_of(supporter_id: int) -> Sequence[tuple[Subscription, MailingList]]:
    """What somebody is on now, with the lists."""
    on = (
        select(Subscription, MailingList)
        .join(MailingList, MailingList.id == Subscription.list_id)
        .where(Subscription.supporter_id == supporter_id, Subscription.state == SubscriptionState.ACTIVE)
        .order_by(MailingList.id)
    )
    return [(subscription, joined) for subscription, joined in db.session.execute(on)]


def name_in(mailing_list: MailingList, language: str) -> str:
    return str(_words(mailing_list, language)["name"])


def description_in(mailing_list: MailingList, language: str) -> str:
    return str(_words(mailing_list, language).get("description", ""))


def _words(mailing_list: MailingList, language: str) -> dict[str, str]:
    """In `language`, else in the list's first one."""
    words: dict[str, str] = mailing_list.wordings.get(language) or next(iter(mailing_list.wordings.values()))
    return words
