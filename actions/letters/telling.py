"""When a bundle was handed over, each of its writers is told by mail, some hundreds at a time (L-10, L-16).

These mails go in the lane of mailings, under the sender of confirmations: ten thousand of them hold up no confirmation.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog
from sqlalchemy import select

from actions import outbox
from actions.actors import Actor
from actions.config import settings
from actions.deliveries import operations as deliveries
from actions.deliveries.models import Lane
from actions.extensions import db
from actions.letters.bundling import lock
from actions.letters.models import Bundle, Letter, LetterState
from actions.letters.releasing import copy_of
from actions.organisation.queries import letterhead
from actions.pages.models import Page
from actions.pages.queries import wording
from actions.supporters.models import Supporter
from actions.targets.models import Target
from actions.targets.queries import name_in
from email_templates.catalogue import LetterCopy, LetterHandedOver

TASK = "workers.bundles.tell"
BATCH = 200
log = structlog.get_logger()


def begin(here: Bundle) -> None:
    """Of one that is locked, and that was handed over in this transaction."""
    here.told_after_id = 0
    db.session.flush()
    outbox.nudge(TASK, here.id, lane="bulk")


def under_way() -> list[int]:
    return list(db.session.scalars(select(Bundle.id).where(Bundle.told_after_id.is_not(None)).order_by(Bundle.id)))


def step(bundle_id: int, *, by: Actor) -> bool:
    """The next writers' mails and the resume point in one transaction; False when all of them are told."""
    here = lock(bundle_id)
    if here.told_after_id is None:
        return False
    wanted = select(Letter).where(Letter.bundle_id == here.id, Letter.state == LetterState.SENT)
    wanted = wanted.where(Letter.id > here.told_after_id).order_by(Letter.id).limit(BATCH)
    letters = db.session.scalars(wanted).all()
    here.told += _mail(here, letters, by=by)
    here.told_after_id = letters[-1].id if letters else None
    db.session.flush()
    if not letters:
        log.info("the writers of a bundle are told", bundle=here.id, writers=here.told, by=by.role.value)
    return bool(letters)


def _mail(here: Bundle, letters: Sequence[Letter], *, by: Actor) -> int:
    """Who was erased gets nothing; how many get a mail."""
    wanted = select(Supporter).where(Supporter.id.in_({letter.supporter_id for letter in letters}))
    writers = {writer.id: writer for writer in db.session.scalars(wanted)}
    words: dict[str, LetterHandedOver] = {}
    told = 0
    for letter in letters:
        writer, copy = writers.get(letter.supporter_id or 0), copy_of(letter)
        if writer is None or writer.email_hash is None or copy is None:
            continue
        email = words.get(writer.language) or words.setdefault(writer.language, _words(here, writer.language))
        deliveries.queue(replace(email, letter=copy), to=writer, lane=Lane.BULK, about_id=letter.id, by=by)
        told += 1
    return told


def _words(here: Bundle, language: str) -> LetterHandedOver:
    """What all of its writers who read this language get alike."""
    if here.handed_over_on is None:
        raise ValueError(here.id)
    page, target = db.session.get_one(Page, here.page_id), db.session.get_one(Target, here.target_id)
    return LetterHandedOver(
        letterhead=letterhead(language),
        language=language,
        title=wording(page, language).title,
        target=name_in(target, language),
        handed_over_on=here.handed_over_on.date(),
        place=here.place or "",
        number=here.number or 0,
        letter=LetterCopy(subject="", text="", language=language),
        page_url=f"{settings().base_url}/a/{page.slug}",
    )
