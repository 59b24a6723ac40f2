from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from actions import clock
from actions.answers.models import Question, Said
from actions.extensions import db
from actions.letters.models import Bundle, Letter, LetterState
from actions.pages.models import Page, PageState
from actions.supporters.models import Supporter, SupporterState
from actions.suppressions.queries import suppressed
from actions.targets.models import Target
from actions.tokens import ExpiredToken, InvalidToken, Purpose, tokens

FIRST = timedelta(days=14)
AGAIN = timedelta(days=7)
# A question that could not be asked in its time is not asked later: its letter is forgotten by then (L-17).
TOO_LATE = timedelta(days=28)
PER_SCREEN = 25


@dataclass(frozen=True)
class Numbers:
    """Of the writers of one page; `unread` answers are those that nobody at the desk has marked as read."""

    asked: int
    yes: int
    no: int
    told: int
    unread: int


class LetterThatWent(NamedTuple):
    """`at`: of one that was handed over on paper, the day on which it was, which may be long before anybody said so."""

    target: Target
    at: datetime
    on_paper: bool


def opened_by(token: str) -> Question:
    """Raises InvalidToken, and ExpiredToken for a link that is too old or whose person was erased."""
    ids = tokens.read_ids(Purpose.ANSWER, token)
    question = db.session.get(Question, ids[0]) if len(ids) == 1 else None
    if question is None:
        raise InvalidToken
    if writer_of(question).state is not SupporterState.ACTIVE:
        raise ExpiredToken
    return question


def writer_of(question: Question) -> Supporter:
    return db.session.get_one(Supporter, question.supporter_id)


def question_of(supporter: Supporter, page_id: int) -> Question | None:
    wanted = select(Question).where(Question.page_id == page_id, Question.supporter_id == supporter.id)
    return db.session.scalars(wanted).one_or_none()


def letters_asked_about(question: Question) -> Sequence[LetterThatWent]:
    """Those of this person from this page that went long enough ago, in the order in which they went."""
    at = func.coalesce(Bundle.handed_over_on, Letter.ended_at)
    found = (
        select(Target, at, Letter.bundle_id.is_not(None))
        .join(Target, Target.id == Letter.target_id)
        .outerjoin(Bundle, Bundle.id == Letter.bundle_id)
        .where(
            Letter.page_id == question.page_id,
            Letter.supporter_id == question.supporter_id,
            Letter.state == LetterState.SENT,
            Letter.ended_at <= clock.now() - FIRST,
        )
        .order_by(at, Letter.id)
    )
    return [LetterThatWent(*row) for row in db.session.execute(found)]


def to_ask(moment: datetime, most: int) -> Sequence[tuple[int, int]]:
    """(page, supporter) of those who wrote two weeks ago, and not since, and were not asked about that page.

    A letter on paper went, for this, when somebody said that it was handed over: then its writer was told.
    """
    younger = aliased(Letter)
    wrote_since = exists().where(
        younger.page_id == Letter.page_id,
        younger.supporter_id == Letter.supporter_id,
        younger.state == LetterState.SENT,
        younger.ended_at > moment - FIRST,
    )
    asked = exists().where(Question.page_id == Letter.page_id, Question.supporter_id == Letter.supporter_id)
    wanted = (
        select(Letter.page_id, Supporter.id)
        .join(Supporter, Supporter.id == Letter.supporter_id)
        .join(Page, Page.id == Letter.page_id)
        .where(
            Letter.state == LetterState.SENT,
            Letter.ended_at.between(moment - TOO_LATE, moment - FIRST),
            may_ask(),
            ~wrote_since,
            ~asked,
        )
        .distinct()
        .limit(most)
    )
    return [(page_id, supporter_id) for page_id, supporter_id in db.session.execute(wanted)]


def may_ask() -> ColumnElement[bool]:
    """In SQL, with Page and Supporter: mail may go to them, they let us ask, and the page was not stopped."""
    theirs = aliased(Question)
    let_us_not = exists().where(theirs.supporter_id == Supporter.id, theirs.stopped_at.is_not(None))
    known = Supporter.state == SupporterState.ACTIVE
    unwanted = suppressed(Supporter.email_hash)  # type: ignore[arg-type]  # an active supporter has a hash
    return known & ~unwanted & (Page.state != PageState.STOPPED) & ~let_us_not


def numbers(page: Page) -> Numbers:
    told = Question.answer_sealed.is_not(None)
    counted = select(
        func.count(),
        func.count().filter(Question.said == Said.YES),
        func.count().filter(Question.said == Said.NO),
        func.count().filter(told),
        func.count().filter(told, Question.read_at.is_(None)),
    ).where(Question.page_id == page.id)
    return Numbers(*db.session.execute(counted).one())


def told(page: Page, *, read: bool, after: int = 0) -> Sequence[Question]:
    """What writers pasted, oldest first, beyond the id `after`."""
    is_read = Question.read_at.is_not(None) if read else Question.read_at.is_(None)
    wanted = select(Question).where(
        Question.page_id == page.id, Question.answer_sealed.is_not(None), is_read, Question.id > after
    )
    return db.session.scalars(wanted.order_by(Question.id).limit(PER_SCREEN)).all()


def answered_pages(supporter: Supporter) -> set[int]:
    """Ids of the pages from which this person wrote and an answer came."""
    found = select(Question.page_id).where(Question.supporter_id == supporter.id, Question.said == Said.YES)
    return set(db.session.scalars(found))


def on_screen(page: Page) -> tuple[str, str] | None:
    """For the page's own screen at the desk: one sentence, and where there is more; None before anybody was asked."""
    found = numbers(page)
    if not found.asked:
        return None
    asked = "1 writer" if found.asked == 1 else f"{found.asked:,} writers"
    said = f"Of {asked} asked whether an answer came, {found.yes:,} said yes and {found.no:,} said not yet."
    return said, f"/desk/pages/{page.id}/answers"
