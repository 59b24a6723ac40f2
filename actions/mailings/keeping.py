"""What somebody writes is kept while they write it, so that a closed tab or an ended session loses no words."""

from collections.abc import Mapping, Sequence
from typing import Any

from actions.actors import Actor
from actions.drafts import operations as drafts
from actions.drafts import queries
from actions.drafts.models import Draft
from actions.drafts.operations import Seen
from actions.drafts.queries import Place
from actions.extensions import db
from actions.mailings.models import Mailing, MailingState
from actions.mailings.operations import WrongState
from email_templates.block_checking import sanitise_blocks


def draft_of(mailing: Mailing, language: str, staff_id: int) -> Draft | None:
    return queries.draft_of(_place(mailing, language), staff_id)


def left_behind(mailing: Mailing, staff_id: int) -> Sequence[Draft]:
    """Words that somebody was writing when it was sent or scheduled, so that they are not in it."""
    if mailing.state is MailingState.DRAFT:
        return []
    return queries.drafts_about(Mailing.__tablename__, mailing.id, staff_id)


def keep(mailing: Mailing, language: str, words: Mapping[str, Any], seen: Seen, *, by: Actor) -> Draft:
    """`words`: {"subject", "preheader", "blocks"}. Raises DraftMoved, and WrongState for a mailing that has begun."""
    db.session.refresh(mailing, with_for_update=True)
    if mailing.state is not MailingState.DRAFT:
        raise WrongState(mailing, MailingState.DRAFT)
    clean = {**words, "blocks": sanitise_blocks(words["blocks"])}
    return drafts.keep(_place(mailing, language), clean, seen, by=by)


def forget(mailing: Mailing, language: str, *, by: Actor) -> None:
    """Their words are saved, or they go back to those that stand."""
    drafts.drop(_place(mailing, language), by=by)


def _place(mailing: Mailing, language: str) -> Place:
    return Place(Mailing.__tablename__, mailing.id, language)
