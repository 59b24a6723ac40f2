from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from actions import clock
from actions.actors import Actor
from actions.deliveries import operations as deliveries
from actions.deliveries import retrying
from actions.deliveries.models import Lane
from actions.drafts.operations import drop_all
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import audience, preflight, queries
from actions.mailings.models import TRANSITIONS, Held, Mailing, MailingKind, MailingState, MailingText
from actions.mailings.preflight import MailingNotReady
from actions.mailings.summing import sum_up
from actions.mailings.wording import as_test, email_of, page_of
from actions.organisation.queries import the_organisation
from actions.pages.models import Page, PageUpdate
from actions.segments.rules import Every, Rule, to_json
from actions.staff.models import Staff
from actions.supporters.models import Supporter
from email_templates.block_checking import sanitise_blocks
from email_templates.content import Block

log = structlog.get_logger()


class WrongState(Exception):
    """A mailing in this state cannot do that."""

    def __init__(self, mailing: Mailing, wanted: MailingState) -> None:
        super().__init__(f"Mailing {mailing.id} is {mailing.state.value} and cannot become {wanted.value}.")


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is sent in one language, as written."""

    language: str
    subject: str
    blocks: Sequence[Block]
    preheader: str = ""


def draft_mailing(
    kind: MailingKind,
    *,
    key: str,
    words: Sequence[Words],
    rule: Rule | None = None,
    mailing_list: MailingList | None = None,
    page: Page | None = None,
    update: PageUpdate | None = None,
    discreet: bool = False,
    by: Actor,
) -> Mailing:
    """The mailing of this key: the one that is there already, else a new draft (O-17).

    Without a rule it goes to everyone who agreed: the list, or whoever wants news of the page. Raises UnknownBlock.
    """
    statement = insert(Mailing).values(
        kind=kind,
        key=key,
        rule=to_json(rule or Every(())),
        list_id=mailing_list and mailing_list.id,
        page_id=page and page.id,
        update_id=update and update.id,
        discreet=discreet,
        created_at=clock.now(),
    )
    made = db.session.scalars(statement.on_conflict_do_nothing(index_elements=["key"]).returning(Mailing.id)).first()
    if made is not None:
        db.session.add_all(_text(made, one) for one in words)
        db.session.flush()
    return db.session.scalars(select(Mailing).where(Mailing.key == key)).one()


def launch(mailing: Mailing, *, by: Actor) -> bool:
    """Freeze the words and the audience, and begin. False for one that was launched before: once is enough (O-17).

    Raises MailingNotReady with every reason.
    """
    _lock(mailing)
    if mailing.state not in {MailingState.DRAFT, MailingState.SCHEDULED}:
        return False
    texts = queries.texts_of(mailing)
    for language, words in preflight.check(mailing, texts).items():
        text = texts[language]
        text.rendered_subject, text.rendered_text, text.rendered_html = words.subject, words.text, words.html
    _move(mailing, MailingState.PREPARING, by=by)
    mailing.audience = audience.write_rows(mailing, texts, fallback_language(mailing, texts))
    if not mailing.audience:
        raise MailingNotReady(["Nobody is in the audience."])
    mailing.launched_at = clock.now()
    _move(mailing, MailingState.SENDING, by=by)
    deliveries.nudge(Lane.BULK)
    return True


def pause(mailing: Mailing, *, because: Held | None = None, by: Actor) -> None:
    """What is not being transmitted at this moment stays in the queue (O-14). Twice is once."""
    _lock(mailing)
    if mailing.state is not MailingState.PAUSED:
        _move(mailing, MailingState.PAUSED, by=by)
        mailing.held_because = because
        db.session.flush()


def hold_all(because: Held, *, by: Actor) -> list[Mailing]:
    """Pause every mailing that is being sent; those that it stopped."""
    running = select(Mailing).where(Mailing.state == MailingState.SENDING).order_by(Mailing.id).with_for_update()
    held = list(db.session.scalars(running, execution_options={"populate_existing": True}))
    for mailing in held:
        pause(mailing, because=because, by=by)
    return held


def resume(mailing: Mailing, *, by: Actor) -> None:
    """Go on exactly where it was paused. Raises WrongState for one that is not paused or being sent."""
    _lock(mailing)
    if mailing.state not in {MailingState.PAUSED, MailingState.SENDING}:
        raise WrongState(mailing, MailingState.SENDING)
    _change(mailing, MailingState.SENDING, by=by)
    mailing.held_because = None
    deliveries.nudge(Lane.BULK)


def retry_failed(mailing: Mailing, *, by: Actor) -> int:
    """Try again what failed through no fault of its recipient; how many. A mailing that was over goes on.

    Raises WrongState for one that was cancelled or never launched.
    """
    _lock(mailing)
    if mailing.state not in {MailingState.SENDING, MailingState.PAUSED, MailingState.SENT}:
        raise WrongState(mailing, MailingState.SENDING)
    number = retrying.retry_failed(mailing.id, until=audience.patience_ends(mailing), by=by)
    if number and mailing.state is MailingState.SENT:
        mailing.ended_at = mailing.summary = None
        _move(mailing, MailingState.SENDING, by=by)
    deliveries.nudge(Lane.BULK)
    return number


def put_back_refused(since: datetime, *, by: Actor) -> int:
    """The relay has refused nearly everybody since `since`: of what is paused for it nobody has failed; how many.

    Again, for the answers that were on their way, without harm.
    """
    held = select(Mailing).where(Mailing.state == MailingState.PAUSED, Mailing.held_because == Held.RELAY_REFUSES)
    return sum(
        retrying.retry_refused_since(mailing.id, since, until=audience.patience_ends(mailing), by=by)
        for mailing in db.session.scalars(held).all()
    )


def cancel(mailing: Mailing, *, by: Actor) -> int:
    """For good: everything that is not on the wire yet is called back. How many that were."""
    _change(mailing, MailingState.CANCELLED, by=by)
    called_back = deliveries.cancel_of_mailing(mailing.id, by=by)
    settle(mailing, by=by)
    return called_back


def settle(mailing: Mailing, *, by: Actor) -> bool:
    """End it when every row has ended and the rows are as many as the audience (O-13). True when that ended it."""
    _lock(mailing)
    if mailing.ended_at is not None or mailing.state not in {MailingState.SENDING, MailingState.CANCELLED}:
        return False
    if queries.has_open_rows(mailing) or queries.row_count(mailing) != (mailing.audience or 0):
        return False
    mailing.ended_at = clock.now()
    sum_up(mailing)
    if mailing.state is MailingState.SENDING:
        _move(mailing, MailingState.SENT, by=by)
    db.session.flush()
    return True


def queue_test(mailing: Mailing, to: Supporter | Staff, *, by: Actor) -> None:
    """One copy in each language to whoever sends the mailing, marked as a test; its personal links are inert.

    It belongs to no mailing, so it counts nowhere, and its reader need not be on any list. Raises MailingNotReady.
    """
    texts = queries.texts_of(mailing)
    preflight.check(mailing, texts)
    for text in texts.values():
        email = email_of(mailing, as_test(text))
        deliveries.queue(email, to=to, lane=Lane.NOW, about_id=mailing.page_id, by=by)
    mailing.tested_at = clock.now()


def discard(mailing: Mailing, *, by: Actor) -> None:
    """Forget a draft. Raises WrongState for anything that was launched."""
    _lock(mailing)
    if mailing.state is not MailingState.DRAFT:
        raise WrongState(mailing, MailingState.CANCELLED)
    db.session.execute(delete(MailingText).where(MailingText.mailing_id == mailing.id))
    drop_all(Mailing.__tablename__, mailing.id, by=by)
    db.session.delete(mailing)
    db.session.flush()


def fallback_language(mailing: Mailing, texts: dict[str, MailingText]) -> str:
    """For readers whose language the mailing does not speak: the page's own, the organisation's, or the first."""
    page = page_of(mailing)
    wanted = [page.default_language] if page else []
    return next(code for code in (*wanted, the_organisation().default_language, *texts) if code in texts)


def _text(mailing_id: int, words: Words) -> MailingText:
    return MailingText(
        mailing_id=mailing_id,
        language=words.language,
        subject=" ".join(words.subject.split()),
        preheader=" ".join(words.preheader.split()),
        blocks=sanitise_blocks(words.blocks),
    )


def _lock(mailing: Mailing) -> None:
    """Whoever comes second waits here and then sees what the first has done."""
    db.session.flush()
    db.session.refresh(mailing, with_for_update=True)


def _change(mailing: Mailing, state: MailingState, *, by: Actor) -> None:
    _lock(mailing)
    if mailing.state is not state:
        _move(mailing, state, by=by)


def _move(mailing: Mailing, state: MailingState, *, by: Actor) -> None:
    if state not in TRANSITIONS[mailing.state]:
        raise WrongState(mailing, state)
    mailing.state = state
    db.session.flush()
    log.info("mailing moved", mailing=mailing.id, state=state.value, by=by.role.value)
