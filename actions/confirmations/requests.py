"""What a form leaves behind and a worker answers: every address is the same to the form (C-10)."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import select

from actions import clock, outbox
from actions.actors import Actor
from actions.addresses import Address, InvalidAddress, parse_address
from actions.confirmations import operations
from actions.confirmations.handlers import by_address, by_staff_address, handler_of
from actions.confirmations.models import LinkRequest
from actions.deliveries.models import Lane
from actions.extensions import db
from actions.staff import queries as staff
from actions.supporters.models import Supporter, SupporterState
from actions.supporters.queries import with_address
from actions.suppressions import operations as suppressions

log = structlog.get_logger()
ANSWER = "workers.confirmations.answer"
AGAIN = "again"
MOST_AT_ONCE = 200


def request_link(
    supporter: Supporter,
    kind: str,
    item_id: int,
    *,
    subject: str,
    content_hash: bytes,
    others: Sequence[tuple[int, bytes]] = (),
    language: str,
    network_delay: timedelta = timedelta(),
    by: Actor,
) -> None:
    """Ask for a confirmation of an item; whether and when a mail goes is decided after the form was answered.

    `others`: further items of the same wish, and the hashes of their contents.
    """
    _leave(
        LinkRequest(
            kind=kind,
            item_id=item_id,
            supporter_id=supporter.id,
            subject=subject,
            content_hash=content_hash,
            others=[{"item": other_id, "hash": other_hash.hex()} for other_id, other_hash in others],
            language=language,
            not_before=clock.now() + network_delay,
        )
    )


def request_by_address(
    address: Address, kind: str, *, language: str, network_delay: timedelta = timedelta(), by: Actor
) -> None:
    """Ask for what `kind` mails to an address, if it is one that we know."""
    _leave(LinkRequest(kind=kind, email=address.original, language=language, not_before=clock.now() + network_delay))


def answer_requests(*, by: Actor) -> int:
    """Answer the oldest requests; returns how many. One that fails is left for the next run, the others go on."""
    oldest = select(LinkRequest).order_by(LinkRequest.id).limit(MOST_AT_ONCE).with_for_update(skip_locked=True)
    found = db.session.scalars(oldest).all()
    _read_supporters_of(found)
    answered = 0
    for request in found:
        try:
            with db.session.begin_nested():
                _answer(request, by=by)
                db.session.delete(request)
            answered += 1
        except Exception as error:  # noqa: BLE001  # whatever it is, it must not hold up anybody else's link
            log.error("a request was not answered", request=request.id, error=type(error).__name__)  # noqa: TRY400  # a traceback may quote what was typed
    return answered


def _leave(request: LinkRequest) -> None:
    db.session.add(request)
    db.session.flush()
    outbox.nudge(ANSWER, lane=Lane.NOW.value)


def _answer(request: LinkRequest, *, by: Actor) -> None:
    if answer := by_staff_address(request.kind):
        if member := staff.with_address(parse_address(request.email or "")):
            answer(member, request.not_before, by)
        return
    supporter = _supporter_of(request)
    if supporter is None or supporter.state is SupporterState.ERASED:
        return
    if supporter.email is not None:
        suppressions.rehash(parse_address(supporter.email), by=by)
    if request.item_id is None:
        by_address(request.kind)(supporter, request.not_before, by)
        return
    asked = [(request.item_id, request.content_hash or b"")]
    asked += [(one["item"], bytes.fromhex(one["hash"])) for one in request.others]
    handler = handler_of(request.kind)
    done = handler.already_done([asked_id for asked_id, _ in asked], by)
    left = [one for one in asked if one[0] not in done]
    if not left:
        return
    (item_id, content_hash), *others = left
    operations.ask(
        supporter,
        request.kind,
        item_id,
        subject=request.subject,
        content_hash=content_hash,
        others=others,
        language=request.language,
        not_before=request.not_before,
        by=by,
    )


def _read_supporters_of(found: Sequence[LinkRequest]) -> None:
    """By one query; where rows are held, as in the worker, none of them is read again."""
    if ids := {request.supporter_id for request in found if request.supporter_id is not None}:
        db.session.scalars(select(Supporter).where(Supporter.id.in_(ids))).all()


def _supporter_of(request: LinkRequest) -> Supporter | None:
    if request.supporter_id is not None:
        return db.session.get(Supporter, request.supporter_id)
    try:
        return with_address(parse_address(request.email or ""))
    except InvalidAddress:
        return None
