"""How long we keep what writers told us of an office's answer."""

from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, CursorResult, update

from actions import clock
from actions.actors import Actor
from actions.answers.models import Question
from actions.extensions import db

log = structlog.get_logger()
KEPT = timedelta(days=365)


def forget_old(*, by: Actor) -> int:
    """Returns how many went; that an answer came stays."""
    forgotten = forget(Question.answered_at < clock.now() - KEPT)
    log.info("answers forgotten", number=forgotten, by=by.role.value)
    return forgotten


def forget(chosen: ColumnElement[bool]) -> int:
    nothing = {"answer_sealed": None, "answered_at": None, "read_at": None}
    told = update(Question).where(chosen, Question.answered_at.is_not(None)).values(nothing)
    result = db.session.execute(told)
    return result.rowcount if isinstance(result, CursorResult) else 0
