"""The boxes that were ticked beside an act take effect when its mailbox is proven, and not before."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from actions.actors import Actor
from actions.config import settings
from actions.consents import operations as consents
from actions.consents.models import ConsentPurpose
from actions.consents.operations import Ticked
from actions.deliveries import operations as deliveries
from actions.deliveries.models import Lane
from actions.extensions import db
from actions.lists import operations as lists
from actions.lists.models import MailingList
from actions.lists.queries import name_in, subscription_of
from actions.organisation.queries import letterhead
from actions.supporters.models import Supporter
from actions.suppressions import operations as suppressions
from actions.tokens import Purpose, tokens
from email_templates.catalogue import Welcome

ASKS_FOR_MAIL = {ConsentPurpose.LIST, ConsentPurpose.CASE_NEWS}


def give(
    supporter: Supporter,
    ticked: Sequence[dict[str, Any]],
    *,
    channel: str,
    requested_at: datetime,
    confirmation_id: int | None = None,
    by: Actor,
) -> None:
    """Record each consent; whoever joined a list by it is on the list and is welcomed, once."""
    given = [Ticked.from_json(one) for one in ticked]
    consents.record_given(
        supporter, given, channel=channel, requested_at=requested_at, confirmation_id=confirmation_id, by=by
    )
    if supporter.email_hash is not None and ASKS_FOR_MAIL & {one.purpose for one in given}:
        suppressions.lift([supporter.email_hash], by=by)
    for one in given:
        if one.purpose is ConsentPurpose.LIST and one.list_id and lists.subscribe(one.list_id, supporter.id, by=by):
            _welcome(supporter, db.session.get_one(MailingList, one.list_id), by=by)


def _welcome(supporter: Supporter, joined: MailingList, *, by: Actor) -> None:
    language = supporter.language
    base = settings().base_url
    subscription = subscription_of(joined.id, supporter.id)
    email = Welcome(
        letterhead=letterhead(language),
        language=language,
        list_name=name_in(joined, language),
        open_pages=(),
        preferences_url=f"{base}/p/{tokens.sign(Purpose.PREFERENCES, supporter.id)}",
        unsubscribe_url=f"{base}/u/{tokens.sign(Purpose.UNSUBSCRIBE, 'l', subscription.id)}",
    )
    deliveries.queue(email, to=supporter, lane=Lane.NOW, about_id=subscription.id, by=by)
