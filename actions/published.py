"""What pages say, remembered by each process until any of it changes: one look at a mark tells whether it did.

Every statement that changes a table of PUBLISHED leaves a random number in `published_marks` (a trigger does, in the
same transaction); their sum is the mark. What was read after the mark was read is never older than the mark says.
"""

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Mapped

from actions import held_rows
from actions.extensions import Base, Id, db

# Of `pages` all but the counts, which change every few seconds and are read with each page.
PUBLISHED = (
    "organisation",
    "lists",
    "consent_texts",
    "targets",
    "pictures",
    "pages",
    "page_wordings",
    "page_targets",
    "page_updates",
)
COUNTS = ("signature_count", "letter_count", "bundled_count", "posted_count", "self_sent_count")
# A reader who sends odd languages must not fill the memory.
MOST_ENTRIES = 2000
MARK = "mark of what is published"

Mark = int | None
Value = TypeVar("Value")
Row = TypeVar("Row")


class PublishedMark(Base):
    """Left by the trigger; those of an hour ago go with the next one. Not one counter: nobody waits for its lock."""

    __tablename__ = "published_marks"

    id: Mapped[Id]
    mark: Mapped[int]
    left_at: Mapped[datetime]


class _Memory:
    """What was read under one mark."""

    def __init__(self, mark: Mark) -> None:
        self.mark = mark
        self.entries: dict[Hashable, Any] = {}


class _Held:
    def __init__(self) -> None:
        self.memory = _Memory(None)

    def under(self, mark: Mark) -> _Memory:
        memory = self.memory
        if memory.mark != mark or len(memory.entries) > MOST_ENTRIES:
            memory = self.memory = _Memory(mark)
        return memory


_held = _Held()


def mark_now() -> ScalarSelect[Any]:
    """In SQL, to be read along with something else; `note` what it was."""
    return select(func.sum(PublishedMark.mark)).scalar_subquery()


def note(mark: Mark) -> None:
    """What is remembered under an older mark is not used from here on, while rows are held."""
    if (held := held_rows.held()) is not None:
        held.notes.setdefault(MARK, None if mark is None else int(mark))


def remembered(key: Hashable, read: Callable[[], Value]) -> Value:
    """What `read` gives, asked for once under each mark.

    Only while rows are held, as they are for a request: a command that changes what is published reads it each time.
    Rows among it must be `apart` from their session, because other threads read them too.
    """
    held = held_rows.held()
    if held is None:
        return read()
    if MARK not in held.notes:
        note(db.session.scalar(select(mark_now())))
    mark: Mark = held.notes[MARK]
    if mark is None:
        return read()
    entries = _held.under(mark).entries
    if key not in entries:
        entries[key] = read()
    value: Value = entries[key]
    return value


def read_anew() -> None:
    """From here on this request remembers nothing: it reads what it writes, and what it takes back nobody else does."""
    if (held := held_rows.held()) is not None:
        held.notes[MARK] = None


def apart(row: Row) -> Row:
    """Taken out of its session, so that neither its end nor a rollback empties it."""
    if held_rows.held() is not None and row in db.session:
        db.session.expunge(row)
    return row
