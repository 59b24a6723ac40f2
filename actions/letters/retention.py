"""What is kept of a letter after its end: page, target, time and result (L-17)."""

from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, delete, select, update

from actions import clock
from actions.actors import Actor
from actions.config import settings
from actions.extensions import db
from actions.letters import bundling
from actions.letters.journal import WITHOUT_WORDS
from actions.letters.models import Bundle, Letter, LetterState

log = structlog.get_logger()
# As long as the link lives by which "I posted it" is said.
POSTING_DAYS = 90
RECEIPT_DAYS = 2 * 365
UNSYNCHRONISED = {"synchronize_session": False}


def scrub_ended(*, by: Actor) -> int:
    """Names and words of letters that ended four weeks ago go; returns how many letters that were."""
    _forget_bundles()
    _forget_printed(Letter.created_at < clock.now() - timedelta(days=POSTING_DAYS))
    has_words = Letter.words_sealed.is_not(None) | Letter.content_hash.is_not(None)
    ended = Letter.ended_at < clock.now() - timedelta(days=settings().letter_text_days)
    scrubbing = update(Letter).where(ended, has_words).values(WITHOUT_WORDS).returning(Letter.id)
    scrubbed = db.session.scalars(scrubbing, execution_options=UNSYNCHRONISED).all()
    db.session.expire_all()
    log.info("scrubbed", letters=len(scrubbed), by=by.role.value)
    return len(scrubbed)


def _forget_bundles() -> None:
    """Files with the letters in them; who handed them over and the receipt after two years."""
    over = clock.now() - timedelta(days=settings().letter_text_days)
    done = select(Bundle.id).where(Bundle.ended_at < over, Bundle.has_file)
    for bundle_id in db.session.scalars(done.order_by(Bundle.id)).all():
        bundling.forget_file(bundling.lock(bundle_id))
    long_ago = Bundle.ended_at < clock.now() - timedelta(days=RECEIPT_DAYS)
    nothing = {"handed_by_sealed": None, "receipt_sealed": None}
    db.session.execute(update(Bundle).where(long_ago).values(nothing), execution_options=UNSYNCHRONISED)


def _forget_printed(long_ago: ColumnElement[bool]) -> None:
    printed = delete(Letter).where(Letter.state == LetterState.PRINTED, long_ago)
    db.session.execute(printed, execution_options=UNSYNCHRONISED)
    by_themselves = Letter.state.in_((LetterState.POSTED, LetterState.SELF_SENT))
    posted = update(Letter).where(by_themselves, long_ago).values(posting_hash=None)
    db.session.execute(posted, execution_options=UNSYNCHRONISED)
