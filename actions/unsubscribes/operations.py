from actions.actors import Actor
from actions.consents import operations as consents
from actions.consents.models import ConsentPurpose
from actions.consents.queries import standing
from actions.lists import operations as lists
from actions.lists.queries import subscriptions_of
from actions.supporters.models import Supporter
from actions.suppressions import operations as suppressions
from actions.suppressions.models import SuppressionReason
from actions.unsubscribes.queries import Leaving

CHANNEL = "unsubscribe link"


def leave(what: Leaving, *, by: Actor, channel: str = CHANNEL) -> None:
    """The one list, or the news about the one case; all else stays as it is. Twice is once (B-41)."""
    if what.supporter is None:
        return
    if what.joined is not None and lists.leave(what.joined.id, what.supporter.id, by=by):
        consents.withdraw(what.supporter, ConsentPurpose.LIST, list_id=what.joined.id, channel=channel, by=by)
    if what.page is not None and _wants_news(what.supporter, what.page.id):
        consents.withdraw(what.supporter, ConsentPurpose.CASE_NEWS, page_id=what.page.id, channel=channel, by=by)


def leave_all(supporter: Supporter, *, by: Actor, channel: str = CHANNEL) -> None:
    """Every list and every case, remembered under the address's hash so that no import brings it back (C-39)."""
    for subscription, _ in subscriptions_of(supporter.id):
        if lists.leave(subscription.list_id, supporter.id, by=by):
            consents.withdraw(supporter, ConsentPurpose.LIST, list_id=subscription.list_id, channel=channel, by=by)
    for consent in standing(supporter.id):
        if consent.purpose is ConsentPurpose.CASE_NEWS:
            consents.withdraw(supporter, ConsentPurpose.CASE_NEWS, page_id=consent.page_id, channel=channel, by=by)
    if supporter.email_hash is not None:
        suppressions.suppress(supporter.email_hash, SuppressionReason.OBJECTION, by=by)


def _wants_news(supporter: Supporter, page_id: int) -> bool:
    return any(
        consent.purpose is ConsentPurpose.CASE_NEWS and consent.page_id == page_id for consent in standing(supporter.id)
    )
