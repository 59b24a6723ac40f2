"""From ready to gone: within what each target's office takes in, and what its mail server made of it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import BigInteger, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from actions import clock
from actions.actors import WORKER, Actor
from actions.config import settings
from actions.deliveries import operations as deliveries
from actions.deliveries.kinds import Kind
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.encryption import CannotDecrypt
from actions.extensions import db
from actions.letters import composing, queries
from actions.letters.content import is_as_confirmed, words_of
from actions.letters.journal import move, move_all
from actions.letters.models import Letter, LetterState
from actions.letters.stopping import stopped_pages
from actions.letters.wording import written_name
from actions.organisation.queries import letterhead
from actions.pages.models import Page
from actions.pages.queries import named_targets, takes_acts, wording
from actions.supporters.models import Supporter
from actions.targets.hours import portion_of
from actions.targets.models import Target, WaitsWhy
from actions.targets.planning import Gone
from actions.targets.queries import name_in
from actions.targets.waiting import count_hard_bounce, held_back, let_wait
from email_templates.catalogue import LetterCopy, LetterReceipt, LetterReturned, LetterToTarget, ReturnReason

log = structlog.get_logger()
NO_SUCH_MAILBOX = ("5.1.",)
MAILBOX_FULL = ("4.2.2", "5.2.2")
# After these no further letter is tried until somebody has looked (L-09).
TARGET_WAITS_AFTER = {
    NO_SUCH_MAILBOX: WaitsWhy.BOUNCED,
    MAILBOX_FULL: WaitsWhy.FULL,
    ("5.7.",): WaitsWhy.REFUSED,
}
SERVER_REFUSES = 500


def release_due(*, by: Actor) -> int:
    """Put the letters whose time has come on their way; returns how many. Safe to run in two places at once.

    All offices together, so that what each letter costs is a row in three statements.
    """
    stopped = stopped_pages()
    if None in stopped:
        return 0
    with_room = list(_with_room(queries.targets_with_due(clock.now())))
    targets = _locked(with_room) if with_room else {}
    found = queries.pages_with_ready(targets) if targets else []
    pages = [page.id for page in found if takes_acts(page) and page.id not in stopped]
    released, is_more = 0, bool(pages)
    while is_more:
        due = queries.due_to(_rooms(targets.values()), pages, clock.now())
        going = _within_writers_day(due)
        released += _release(going, targets, by=by)
        # Whoever stepped back leaves room for other writers.
        is_more = len(going) < len(due)
    return released


def on_outcome(delivery: Delivery, state: DeliveryState) -> None:
    """The delivery has ended: so has the letter, and its writer is told."""
    letter = db.session.get(Letter, delivery.about_id, with_for_update=True, populate_existing=True)
    if letter is None:
        return
    if state is DeliveryState.SENT:
        end_sent(letter, clock.now(), by=WORKER)
    elif state is DeliveryState.FAILED:
        give_back(letter, reason_of(delivery), by=WORKER)
        _count_against_target(letter, delivery)
    elif state is DeliveryState.UNKNOWN:
        move(letter, LetterState.UNKNOWN, by=WORKER, reason="the connection broke after the last word")
    else:
        _end_unsent(letter)


def end_sent(letter: Letter, at: datetime, *, by: Actor) -> bool:
    """It was accepted at that moment: its writer gets a receipt, once."""
    if move(letter, LetterState.SENT, by=by) is None:
        return False
    _mail_receipt(letter, at, by=by)
    return True


def give_back(letter: Letter, reason: ReturnReason, *, by: Actor) -> bool:
    """It was not delivered: its writer gets it back with the reason, once (L-16)."""
    ended = LetterState.CANCELLED if letter.state is LetterState.READY else LetterState.FAILED
    if move(letter, ended, by=by, reason=reason) is None:
        return False
    _mail_returned(letter, reason, by=by)
    return True


def reason_of(delivery: Delivery) -> ReturnReason:
    """In the five kinds that its writer is told apart, from SMTP's last word."""
    status = delivery.reply_status or ""
    if status.startswith(NO_SUCH_MAILBOX):
        return "no_such_mailbox"
    if status.startswith(MAILBOX_FULL):
        return "mailbox_full"
    if delivery.reply_code is None or delivery.reply_code < SERVER_REFUSES:
        return "unreachable"
    return "refused"


def copy_of(letter: Letter) -> LetterCopy | None:
    """For its writer, word for word; None once its words are gone, or cannot be read."""
    try:
        words = words_of(letter)
    except CannotDecrypt:
        log.error("a letter cannot be read; its writer gets no copy", letter=letter.id)  # noqa: TRY400  # the trace says no more
        return None
    if words is None:
        return None
    name = written_name(letter.first_name, letter.last_name, letter.name_shown, letter.language)
    return LetterCopy(subject=words.subject, text=words.text(name), language=letter.language)


LETTERS = Kind(
    name=LetterToTarget.folder,
    lane=Lane.LETTERS,
    compose=composing.compose,
    on_outcome=on_outcome,
    # Nobody writes twice to an office because a connection broke: a person decides (L-08).
    repeats_unknown=False,
)


def _locked(target_ids: Collection[int]) -> dict[int, Target]:
    """Those of them to which something may go now, and to which nobody else is releasing."""
    locked = select(Target).where(Target.id.in_(target_ids)).order_by(Target.id).with_for_update(skip_locked=True)
    found = db.session.scalars(locked.execution_options(populate_existing=True)).all()
    put_off = queries.putting_off([target.id for target in found])
    return {
        target.id: target
        for target in found
        if not (target.takes_bundles or held_back(target, clock.now()) or target.id in put_off)
    }


def _with_room(target_ids: Sequence[int]) -> Iterator[int]:
    """So that hundreds of offices that are closed, or had what they take, cost two statements and not seven each.

    Room only shrinks until a target is locked, and then it is asked for once more.
    """
    now = clock.now()
    lately = queries.gone_lately(target_ids, now)
    for target in db.session.scalars(select(Target).where(Target.id.in_(target_ids)).order_by(Target.id)).all():
        if not held_back(target, now) and _room_by_time(target, lately.get(target.id, Gone())) > 0:
            yield target.id


def _room_by_time(target: Target, gone: Gone) -> int:
    limits = (
        target.max_per_day - gone.in_day,
        target.max_per_hour - gone.in_hour,
        portion_of(target) - gone.in_portion,
    )
    return min(limits)


def _rooms(targets: Collection[Target]) -> dict[int, int]:
    """Target id -> how many may go to it now: by the day, the hour, the portion, and in all."""
    lately = queries.gone_lately([target.id for target in targets], clock.now())
    rooms = {target.id: _room_by_time(target, lately.get(target.id, Gone())) for target in targets}
    for target in targets:
        if (left := queries.left_to(target)) is not None:
            rooms[target.id] = min(rooms[target.id], left)
    return {target_id: room for target_id, room in rooms.items() if room > 0}


def _within_writers_day(due: Sequence[Letter]) -> list[Letter]:
    """All but those of writers who would have more than their day's letters by then: each that goes counts."""
    writers = Counter(letter.supporter_id for letter in due)
    gone = Counter(queries.gone_of_writers([one for one, number in writers.items() if one and number > 1], clock.now()))
    going = []
    for letter in due:
        if letter.supporter_id is not None and gone[letter.supporter_id] < settings().writer_letters_a_day:
            gone[letter.supporter_id] += 1
            going.append(letter)
    return going


def _release(letters: Sequence[Letter], targets: Mapping[int, Target], *, by: Actor) -> int:
    """Of letters that are locked; returns how many are on their way."""
    named = named_targets({letter.page_id for letter in letters})
    going = [letter for letter in letters if _may_go(letter, targets[letter.target_id], named, by=by)]
    if not going:
        return 0
    mails = [(composing.email_of(letter), targets[letter.target_id], letter.id) for letter in going]
    ids = select(func.unnest(literal([letter_id for _, _, letter_id in mails], ARRAY(BigInteger))))
    if move_all(ids, LetterState.READY, LetterState.RELEASED, by=by, bundled=False) != len(mails):
        raise RuntimeError("letters that were locked were changed")
    deliveries.queue_all(mails, lane=Lane.LETTERS, by=by)
    return len(mails)


def _may_go(letter: Letter, target: Target, named: Collection[tuple[int, int]], *, by: Actor) -> bool:
    if not is_as_confirmed(letter):
        log.error("a letter is not what its writer confirmed; it is held", letter=letter.id)
        move(letter, LetterState.HELD, by=by, reason="not what was confirmed")
        return False
    # Only whom the page names, and who takes letters by email (L-11).
    if not target.takes_email or (letter.page_id, target.id) not in named:
        give_back(letter, "no_such_mailbox", by=by)
        return False
    return True


def _end_unsent(letter: Letter) -> None:
    """The engine had nobody to send it to, or it was not what its writer had confirmed.

    One of no known end may have arrived and stays so, whatever becomes of another try.
    """
    if letter.state is LetterState.UNKNOWN:
        return
    target = db.session.get_one(Target, letter.target_id)
    if target.email is None and is_as_confirmed(letter):
        give_back(letter, "no_such_mailbox", by=WORKER)
    else:
        move(letter, LetterState.CANCELLED, by=WORKER, reason="it could not be put together")


def _count_against_target(letter: Letter, delivery: Delivery) -> None:
    target = db.session.get_one(Target, letter.target_id)
    status = delivery.reply_status or ""
    why = next((why for statuses, why in TARGET_WAITS_AFTER.items() if status.startswith(statuses)), None)
    if why is not None:
        let_wait(target, why, by=WORKER)
    elif delivery.reply_code is not None and delivery.reply_code >= SERVER_REFUSES:
        count_hard_bounce(target, delivery.queued_at, by=WORKER)


def _mail_receipt(letter: Letter, at: datetime, *, by: Actor) -> None:
    told = _told(letter)
    if told is None:
        return
    supporter, copy = told
    page = db.session.get_one(Page, letter.page_id)
    email = LetterReceipt(
        letterhead=letterhead(supporter.language),
        language=supporter.language,
        title=wording(page, supporter.language).title,
        target=_target_name(letter, supporter.language),
        sent_at=at,
        letter=copy,
        page_url=f"{settings().base_url}/a/{page.slug}",
    )
    deliveries.queue(email, to=supporter, lane=Lane.NOW, about_id=letter.id, by=by)


def _mail_returned(letter: Letter, reason: ReturnReason, *, by: Actor) -> None:
    told = _told(letter)
    if told is None:
        return
    supporter, copy = told
    page = db.session.get_one(Page, letter.page_id)
    page_url = f"{settings().base_url}/a/{page.slug}"
    email = LetterReturned(
        letterhead=letterhead(supporter.language),
        language=supporter.language,
        title=wording(page, supporter.language).title,
        target=_target_name(letter, supporter.language),
        reason=reason,
        letter=copy,
        page_url=page_url,
        post_url=f"{page_url}/write" if takes_acts(page) else None,
    )
    deliveries.queue(email, to=supporter, lane=Lane.NOW, about_id=letter.id, by=by)


def _told(letter: Letter) -> tuple[Supporter, LetterCopy] | None:
    """Its writer and a copy; None where one of them was erased."""
    supporter, copy = db.session.get(Supporter, letter.supporter_id), copy_of(letter)
    if supporter is None or supporter.email_hash is None or copy is None:
        return None
    return supporter, copy


def _target_name(letter: Letter, language: str) -> str:
    return name_in(db.session.get_one(Target, letter.target_id), language)
