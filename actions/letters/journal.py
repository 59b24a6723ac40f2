"""Every transition of every letter: by compare-and-set, and with a row that says who made it and why."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, insert, literal, select, update

from actions import clock
from actions.actors import Actor
from actions.encryption import insert_or_find
from actions.extensions import db
from actions.letters.models import TRANSITIONS, Letter, LetterEvent, LetterState

L = LetterState
# The columns of its unique index: one waits.
WAITING = ("page_id", "target_id", "supporter_id", "content_hash", "state")
# Of a letter whose words are forgotten.
WITHOUT_WORDS: dict[str, None] = dict.fromkeys(
    ("first_name_sealed", "last_name_sealed", "words_sealed", "content_hash")
)
ENDED = frozenset({L.SENT, L.FAILED, L.CANCELLED, L.REFUSED, L.EXPIRED, L.POSTED, L.SELF_SENT})


def begin(letter: Letter, *, by: Actor) -> None:
    """Its first row."""
    db.session.add(letter)
    db.session.flush()
    _write(letter.id, None, letter.state, by, "")


def begin_or_find(letter: Letter, *, by: Actor) -> Letter:
    """The letter with its first row, or the same one that waits already: by the same two statements (C-10)."""
    waiting = insert_or_find(letter, WAITING)
    known = exists().where(LetterEvent.letter_id == waiting.id)
    first: Sequence[ColumnElement[Any]] = [
        literal(waiting.id),
        literal(L.UNCONFIRMED, LetterEvent.after.type),
        literal(by.role.value),
        literal(""),
        literal(clock.now()),
    ]
    written = insert(LetterEvent).from_select(
        ["letter_id", "after", "by", "reason", "at"], select(*first).where(~known)
    )
    db.session.execute(written)
    return waiting


def move(letter: Letter, after: LetterState, *, by: Actor, reason: str = "", **changes: Any) -> LetterEvent | None:  # noqa: ANN401  # columns of every type
    """The row of the transition; None where it is not allowed, or somebody was quicker.

    `reason` is one of our own words. `changes` are columns set in the same statement.
    """
    before = letter.state
    if after not in TRANSITIONS[before]:
        return None
    if after in ENDED:
        changes["ended_at"] = clock.now()
    moved = (
        update(Letter)
        .where(Letter.id == letter.id, Letter.state == before)
        .values(state=after, **changes)
        .returning(Letter)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if db.session.scalars(moved).one_or_none() is None:
        db.session.refresh(letter)
        return None
    return _write(letter.id, before, after, by, reason)


def move_all(
    which: Select[int],
    before: LetterState,
    after: LetterState,
    *,
    by: Actor,
    reason: str = "",
    **changes: Any,  # noqa: ANN401  # columns of every type
) -> int:
    """As `move`, for all letters whose ids `which` selects and that are in `before`, by one statement; how many."""
    if after not in TRANSITIONS[before]:
        raise ValueError(f"{before} is not followed by {after}")
    if after in ENDED:
        changes["ended_at"] = clock.now()
    moved = (
        update(Letter)
        .where(Letter.id.in_(which), Letter.state == before)
        .values(state=after, **changes)
        .returning(Letter.id)
        .cte("moved")
    )
    row = [
        moved.c.id,
        literal(before, LetterEvent.before.type),
        literal(after, LetterEvent.after.type),
        literal(by.role.value),
        literal(reason),
        literal(clock.now()),
    ]
    columns = ["letter_id", "before", "after", "by", "reason", "at"]
    written = insert(LetterEvent).from_select(columns, select(*row)).returning(LetterEvent.id).cte("written")
    number = db.session.scalar(select(func.count()).select_from(written).add_cte(moved))
    for letter in [one for one in db.session if isinstance(one, Letter)]:
        db.session.expire(letter)
    return number or 0


def forget_words(letter: Letter) -> None:
    """Names and words go; that it was, to whom and what became of it stays (L-17)."""
    for name, value in WITHOUT_WORDS.items():
        setattr(letter, name, value)
    db.session.flush()


def _write(letter_id: int, before: LetterState | None, after: LetterState, by: Actor, reason: str) -> LetterEvent:
    event = LetterEvent(
        letter_id=letter_id, before=before, after=after, by=by.role.value, reason=reason, at=clock.now()
    )
    db.session.add(event)
    db.session.flush()
    return event
