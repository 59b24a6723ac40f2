"""To somebody who asks for what they have done before; the form's answer tells no one (C-10, C-11)."""

from collections.abc import Sequence
from datetime import timedelta

from actions import clock
from actions.actors import Actor
from actions.deliveries import operations as deliveries
from actions.deliveries.models import Lane
from actions.deliveries.queries import about
from actions.organisation.queries import letterhead
from actions.supporters.models import Supporter
from actions.suppressions.queries import complained
from email_templates.catalogue import AlreadyDone, LeftToDo, WaitingItem

ONCE_IN = timedelta(hours=24)


def tell_already_done(
    supporter: Supporter,
    item: WaitingItem,
    *,
    about_id: int,
    page_url: str,
    targets: Sequence[str] = (),
    left_to_do: Sequence[LeftToDo] = (),
    by: Actor,
) -> None:
    """At most one such notice a day about one act; none to an address that complained.

    `targets`: names of all those whom the item, a letter, went to.
    """
    if supporter.email_hash is None or complained([supporter.email_hash]):
        return
    before = about(AlreadyDone.folder, about_id)
    if any(notice.supporter_id == supporter.id and notice.queued_at > clock.now() - ONCE_IN for notice in before):
        return
    email = AlreadyDone(
        letterhead=letterhead(),
        language=supporter.language,
        item=item,
        page_url=page_url,
        targets=tuple(targets),
        left_to_do=tuple(left_to_do),
    )
    deliveries.queue(email, to=supporter, lane=Lane.NOW, about_id=about_id, by=by)
