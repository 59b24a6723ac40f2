"""What somebody writes is kept while they write it, so that a closed tab or an ended session loses no words."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.mailings.models import Mailing, MailingDraft, MailingState
from actions.mailings.operations import WrongState
from email_templates.block_checking import sanitise_blocks


class KeptElsewhere(Exception):
    """The same person keeps other words from another window; `draft` has those."""

    def __init__(self, draft: MailingDraft) -> None:
        super().__init__(f"revision {draft.revision}")
        self.draft = draft


def draft_of(mailing: Mailing, language: str, staff_id: int) -> MailingDraft | None:
    found = select(MailingDraft).filter_by(mailing_id=mailing.id, language=language, staff_id=staff_id)
    return db.session.scalars(found).one_or_none()


def keep(  # noqa: PLR0913  # what a window knows
    mailing: Mailing, language: str, words: Mapping[str, Any], *, version: int, revision: int, staff_id: int
) -> MailingDraft:
    """`words`: {"subject", "preheader", "blocks"}; `revision` of the draft that the window shows, 0 for none.

    Raises KeptElsewhere, and WrongState for a mailing that has begun.
    """
    db.session.refresh(mailing, with_for_update=True)
    if mailing.state is not MailingState.DRAFT:
        raise WrongState(mailing, MailingState.DRAFT)
    draft = draft_of(mailing, language, staff_id)
    if draft is None:
        draft = MailingDraft(mailing_id=mailing.id, language=language, staff_id=staff_id, revision=revision)
        db.session.add(draft)
    elif draft.revision != revision:
        raise KeptElsewhere(draft)
    draft.words = {**words, "blocks": sanitise_blocks(words["blocks"])}
    draft.based_on, draft.kept_at = version, clock.now()
    draft.revision += 1
    db.session.flush()
    return draft


def forget(mailing: Mailing, language: str, *, by: Actor) -> None:
    """Their words are saved, or they go back to those that stand."""
    theirs = delete(MailingDraft).where(
        MailingDraft.mailing_id == mailing.id, MailingDraft.language == language, MailingDraft.staff_id == by.staff_id
    )
    db.session.execute(theirs, execution_options={"synchronize_session": False})
