"""How long a signature knows its signer: some months after its petition was over (C-44). The count stays."""

from datetime import timedelta

from sqlalchemy import CursorResult, func, select, update

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.pages.models import Page
from actions.signatures.models import Invalidation, Signature

DAYS_IN_A_MONTH = 30


def forget_signers(*, by: Actor) -> int:  # noqa: ARG001  # as every operation
    """Take names, words and the person off the signatures of pages that ended long ago; returns how many."""
    over = func.coalesce(Page.ended_at, Page.action_until)
    kept = Page.retention_months * timedelta(days=DAYS_IN_A_MONTH)
    long_over = select(Page.id).where(over + kept < clock.now())
    forgotten = (
        update(Signature)
        .where(Signature.page_id.in_(long_over), Signature.supporter_id.is_not(None))
        .values(supporter_id=None, first_name_sealed=None, last_name_sealed=None, comment_sealed=None)
    )
    rules = update(Invalidation).where(Invalidation.page_id.in_(long_over)).values(rule_sealed=None)
    db.session.execute(rules, execution_options={"synchronize_session": False})
    result = db.session.execute(forgotten, execution_options={"synchronize_session": False})
    return result.rowcount if isinstance(result, CursorResult) else 0
