"""What people took back, as lines for the log outside, and done again from such lines (O-18)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from actions.actors import Actor
from actions.answers import operations as answers
from actions.answers.models import Question
from actions.consents.models import Consent, ConsentEvent, ConsentPurpose
from actions.consents.operations import withdraw
from actions.consents.queries import standing
from actions.extensions import db
from actions.lists import operations as lists
from actions.pages.models import Page
from actions.preferences.operations import erase_everything
from actions.supporters.models import Supporter
from actions.suppressions import operations as suppressions
from actions.suppressions.models import Suppression, SuppressionReason

CHANNEL = "after a restore"
SUPPRESSED, WITHDRAWN, ASKED_NO_MORE = "suppressed", "withdrawn", "asked no more"


def since(moment: datetime) -> Iterator[dict[str, Any]]:
    """Suppressions (each erasure leaves one), withdrawn consents, and who is to be asked no more, by the keyed hash of
    the address.
    """
    for row in db.session.scalars(select(Suppression).where(Suppression.created_at >= moment)):
        yield {"at": _said(row.created_at), "what": SUPPRESSED, "hash": row.address_hash.hex(), "why": row.reason.value}
    taken_back = (
        select(Consent, Supporter.email_hash)
        .join(Supporter, Supporter.id == Consent.supporter_id)
        .where(Consent.event == ConsentEvent.WITHDRAWN, Supporter.email_hash.is_not(None))
        .where(or_(Consent.confirmed_at >= moment, Consent.requested_at >= moment))
        .order_by(Consent.id)
    )
    for consent, email_hash in db.session.execute(taken_back):
        yield {
            "at": _said(consent.requested_at),
            "what": WITHDRAWN,
            "hash": (email_hash or b"").hex(),
            "why": consent.purpose.value,
            "page": consent.page_id,
            "list": consent.list_id,
        }
    asked_no_more = (
        select(Question.stopped_at, Question.page_id, Supporter.email_hash)
        .join(Supporter, Supporter.id == Question.supporter_id)
        .where(Question.stopped_at >= moment, Supporter.email_hash.is_not(None))
    )
    for at, page_id, email_hash in db.session.execute(asked_no_more):
        yield {"at": _said(at or moment), "what": ASKED_NO_MORE, "hash": (email_hash or b"").hex(), "page": page_id}


def do_again(lines: Iterable[dict[str, Any]], *, by: Actor) -> int:
    """How many lines changed something; a line that is done already changes nothing."""
    does = {SUPPRESSED: _suppress, WITHDRAWN: _withdraw, ASKED_NO_MORE: _ask_no_more}
    return sum(does[line["what"]](line, by) for line in lines)


def _suppress(line: dict[str, Any], by: Actor) -> bool:
    address_hash, reason = bytes.fromhex(line["hash"]), SuppressionReason(line["why"])
    supporter = _supporter(address_hash)
    if reason is SuppressionReason.ERASED and supporter is not None:
        erase_everything(supporter, by=by)
        return True
    same = select(Suppression.id).where(
        Suppression.address_hash == address_hash, Suppression.reason == reason, Suppression.lifted_at.is_(None)
    )
    if db.session.scalar(same) is not None:
        return False
    suppressions.suppress(address_hash, reason, by=by)
    return True


def _withdraw(line: dict[str, Any], by: Actor) -> bool:
    supporter = _supporter(bytes.fromhex(line["hash"]))
    if supporter is None:
        return False
    purpose, page_id, list_id = ConsentPurpose(line["why"]), line["page"], line["list"]
    left = list_id is not None and lists.leave(list_id, supporter.id, by=by)
    given = {(one.purpose, one.page_id, one.list_id) for one in standing(supporter.id)}
    stands = (purpose, page_id, list_id) in given
    if stands:
        withdraw(supporter, purpose, page_id=page_id, list_id=list_id, channel=CHANNEL, by=by)
    return left or stands


def _ask_no_more(line: dict[str, Any], by: Actor) -> bool:
    supporter = _supporter(bytes.fromhex(line["hash"]))
    # A page that is newer than the backup is gone, and with it whoever would have asked.
    if supporter is None or db.session.get(Page, line["page"]) is None:
        return False
    return answers.ask_no_more_of(supporter, line["page"], by=by)


def _supporter(email_hash: bytes) -> Supporter | None:
    return db.session.scalars(select(Supporter).where(Supporter.email_hash == email_hash)).one_or_none()


def _said(moment: datetime) -> str:
    return moment.isoformat()
