"""How long a signature knows its signer: some months after its petition was handed over or closed (C-44).

The count stays. A petition that was handed over while people still sign it is not over.
"""

from datetime import timedelta

from sqlalchemy import CursorResult, func, or_, select, update

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.pages.models import ACTING, Page
from actions.signatures.handing_over import went_stale
from actions.signatures.models import Handover, Invalidation, Signature

DAYS_IN_A_MONTH = 30


def forget_signers(*, by: Actor) -> int:  # noqa: ARG001  # as every operation
    """Take names, words and the person off the signatures of pages that ended long ago; returns how many."""
    now = clock.now()
    handed_over = select(func.max(Handover.handed_over_on)).where(Handover.page_id == Page.id).scalar_subquery()
    over = func.coalesce(handed_over, Page.ended_at, Page.action_until)
    kept = Page.retention_months * timedelta(days=DAYS_IN_A_MONTH)
    takes_none = or_(Page.state.not_in(ACTING), Page.action_until < now)
    long_over = select(Page.id).where(over + kept < now, takes_none)
    forgotten = (
        update(Signature)
        .where(Signature.page_id.in_(long_over), Signature.supporter_id.is_not(None))
        .values(supporter_id=None, first_name_sealed=None, last_name_sealed=None, comment_sealed=None)
    )
    silently = {"synchronize_session": False}
    rules = update(Invalidation).where(Invalidation.page_id.in_(long_over)).values(rule_sealed=None)
    db.session.execute(rules, execution_options=silently)
    went_stale(long_over)
    result = db.session.execute(forgotten, execution_options=silently)
    return result.rowcount if isinstance(result, CursorResult) else 0
