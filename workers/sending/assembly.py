"""From claimed rows to messages; a row whose message cannot be made gets its verdict here, before the wire."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from actions.config import settings
from actions.deliveries.identity import identity_of
from actions.deliveries.kinds import Copy, Outgoing, Row, kind_of, where_raised
from actions.deliveries.models import DeliveryState
from email_templates.merging import MissingMergeValue
from workers.sending.headers import UnsafeMessage
from workers.sending.ledger import Claimed, Verdict
from workers.sending.message import Message, build
from workers.sending.retries import next_try
from workers.sending.stencil import cut

NOBODY_LEFT = "5.1.6"
CANNOT_BE_MADE = "5.6.0"
log = structlog.get_logger()


@dataclass
class Assembled:
    messages: dict[int, Message] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)


def assemble(claims: Sequence[Claimed], moment: datetime) -> Assembled:
    """Compose by kind, many at a time, then write the bytes. One row's trouble is never another's."""
    by_kind = defaultdict[str, list[Row]](list)
    for claimed in claims:
        by_kind[claimed.kind].append(claimed)
    composed: dict[int, Outgoing | Copy | None] = {}
    for kind, deliveries in by_kind.items():
        composed |= _composed(kind, deliveries)
    made = Assembled()
    for claimed in claims:
        _put(made, claimed, composed, moment)
    return made


def _composed(kind: str, deliveries: Sequence[Row]) -> dict[int, Outgoing | Copy | None]:
    """None for one that has nobody to go to; one that raised is missing."""
    try:
        emails: Mapping[int, Outgoing | Copy] = kind_of(kind).compose(deliveries)
    except Exception as error:  # noqa: BLE001  # whatever one email raises, the others go
        if len(deliveries) == 1:
            log.warning("cannot compose", kind=kind, delivery=deliveries[0].id, fault=where_raised(error))
            return {}
        return _joined(_composed(kind, [delivery]) for delivery in deliveries)
    return {delivery.id: emails.get(delivery.id) for delivery in deliveries}


def _joined(parts: Iterable[dict[int, Outgoing | Copy | None]]) -> dict[int, Outgoing | Copy | None]:
    return {delivery_id: email for part in parts for delivery_id, email in part.items()}


def _put(made: Assembled, claimed: Claimed, composed: Mapping[int, Outgoing | Copy | None], moment: datetime) -> None:
    if claimed.id not in composed:
        made.verdicts.append(_put_off(claimed, moment))
        return
    email = composed[claimed.id]
    if email is None:
        made.verdicts.append(Verdict(claimed.id, claimed.fence, DeliveryState.CANCELLED, status=NOBODY_LEFT))
        return
    try:
        made.messages[claimed.id] = _message(email, claimed)
    except MissingMergeValue as missing:
        log.warning("a value is missing", delivery=claimed.id, kind=claimed.kind, fault=where_raised(missing))
        made.verdicts.append(_put_off(claimed, moment))
    except UnsafeMessage as refused:
        log.warning("refused to send", delivery=claimed.id, kind=claimed.kind, status=refused.status)
        made.verdicts.append(Verdict(claimed.id, claimed.fence, DeliveryState.FAILED, status=refused.status))


def _message(email: Outgoing | Copy, claimed: Claimed) -> Message:
    """Raises UnsafeMessage, or MissingMergeValue for a copy."""
    identity = identity_of(claimed.id, claimed.key_id)
    if isinstance(email, Copy):
        return cut(email.words).fill(email, identity, claimed.queued_at)
    return build(email, identity, claimed.queued_at)


def _put_off(claimed: Claimed, moment: datetime) -> Verdict:
    """A fault of ours may be mended before its time is out."""
    if moment >= claimed.give_up_at:
        return Verdict(claimed.id, claimed.fence, DeliveryState.FAILED, status=CANNOT_BE_MADE)
    ours = settings()
    due = next_try(claimed.attempts + 1, moment, first=ours.retry_first, longest=ours.retry_longest)
    return Verdict(claimed.id, claimed.fence, DeliveryState.QUEUED, due_at=due, tries=1)
