"""Where an edge (view, task, command) commits: rows first, then the nudges about them."""

from collections.abc import Iterator
from contextlib import contextmanager

from actions import outbox
from actions.extensions import db


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block flushed, then nudge the workers; on any error roll back and nudge nobody."""
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        outbox.clear()
        raise
    outbox.flush()
