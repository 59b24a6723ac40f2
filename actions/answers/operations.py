from datetime import datetime

import structlog
from sqlalchemy import func, select

from actions import clock
from actions.actors import Actor
from actions.answers import queries
from actions.answers.models import Question, Said
from actions.answers.queries import AGAIN, TOO_LATE
from actions.answers.retention import forget
from actions.config import settings
from actions.deliveries import operations as deliveries
from actions.deliveries.models import Lane
from actions.extensions import db
from actions.organisation.queries import letterhead
from actions.pages.models import Page
from actions.pages.queries import wording
from actions.supporters.models import Supporter, SupporterState
from actions.targets.queries import name_in
from actions.tokens import Purpose, tokens
from email_templates.catalogue import DidTheyAnswer, SentLetter

log = structlog.get_logger()
# With the pace of the job some 30,000 a day, and never so many at once that a confirmation waits behind them.
MOST_AT_ONCE = 200
# "answ" in ASCII: the number that those who ask agree on.
ONE_ASKS = 0x616E7377


def ask_due(*, by: Actor) -> int:
    """Ask those whose letters went two weeks ago; returns how many. The row and its mail are one transaction."""
    if not _alone():
        return 0
    now = clock.now()
    asked = [_ask(page_id, supporter_id, now, by) for page_id, supporter_id in queries.to_ask(now, MOST_AT_ONCE)]
    return sum(asked)


def ask_again(*, by: Actor) -> int:
    """Where nothing had come yet a week ago, once more and never again; returns how many."""
    if not _alone():
        return 0
    now = clock.now()
    waiting = (
        select(Question)
        .join(Supporter, Supporter.id == Question.supporter_id)
        .join(Page, Page.id == Question.page_id)
        .where(
            Question.said == Said.NO,
            Question.asked_again_at.is_(None),
            Question.said_at.between(now - TOO_LATE, now - AGAIN),
            queries.may_ask(),
        )
        .order_by(Question.id)
        .limit(MOST_AT_ONCE)
        .with_for_update(of=Question, skip_locked=True)
    )
    questions = db.session.scalars(waiting).all()
    for question in questions:
        question.asked_again_at = now
        _mail(question, queries.writer_of(question), by=by)
    return len(questions)


def say(question: Question, said: Said, *, by: Actor) -> None:
    """The last word counts, and the same one twice is once. What was pasted is not unsaid by a "no" from an old tab."""
    locked = _locked(question)
    if locked.said is said or locked.answer_sealed is not None:
        return
    locked.said, locked.said_at = said, clock.now()
    db.session.flush()
    log.info("said whether an answer came", question=question.id, by=by.role.value)


def ask_no_more(question: Question, *, by: Actor) -> None:
    """Of this person about no letter, whatever page it is from. What they said stays said."""
    locked = _locked(question)
    locked.stopped_at = locked.stopped_at or clock.now()
    db.session.flush()
    log.info("asked no more", question=question.id, by=by.role.value)


def ask_no_more_of(supporter: Supporter, page_id: int, *, by: Actor) -> bool:
    """As `ask_no_more`, where a restored database may not know that it ever asked. False where it is so already."""
    question = queries.question_of(supporter, page_id)
    if question is None:
        question = Question(page_id=page_id, supporter_id=supporter.id, asked_at=clock.now())
        db.session.add(question)
        db.session.flush()
    done = question.stopped_at is None
    ask_no_more(question, by=by)
    return done


def tell(question: Question, text: str, *, by: Actor) -> None:
    """What the office wrote; a new text takes the place of the old one, and an empty one takes it back."""
    locked = _locked(question)
    if (locked.answer or "") == text:
        return
    say(locked, Said.YES, by=by)
    locked.answer = text or None
    locked.answered_at, locked.read_at = (clock.now() if text else None), None
    db.session.flush()


def mark_read(question: Question, *, read: bool, by: Actor) -> None:
    locked = _locked(question)
    locked.read_at = clock.now() if read else None
    db.session.flush()
    log.info("answer read", question=question.id, read=read, by=by.role.value)


def erase_of(supporter: Supporter, *, by: Actor) -> None:
    """What they pasted goes; that they were asked, and what they pressed, stays a number."""
    forget(Question.supporter_id == supporter.id)
    log.info("answers erased", by=by.role.value)


def _ask(page_id: int, supporter_id: int, now: datetime, by: Actor) -> bool:
    """False for somebody who was erased a moment ago."""
    supporter = db.session.get_one(Supporter, supporter_id, with_for_update=True, populate_existing=True)
    if supporter.state is not SupporterState.ACTIVE:
        return False
    question = Question(page_id=page_id, supporter_id=supporter_id, asked_at=now)
    db.session.add(question)
    db.session.flush()
    _mail(question, supporter, by=by)
    return True


def _mail(question: Question, supporter: Supporter, *, by: Actor) -> None:
    language, page = supporter.language, db.session.get_one(Page, question.page_id)
    token = tokens.sign(Purpose.ANSWER, question.id)
    email = DidTheyAnswer(
        letterhead=letterhead(language),
        language=language,
        title=wording(page, language).title,
        letters=tuple(
            SentLetter(target=name_in(target, language), sent_at=at, on_paper=on_paper)
            for target, at, on_paper in queries.letters_asked_about(question)
        ),
        link=f"{settings().base_url}/answer/{token}",
        valid_days=(Purpose.ANSWER.lifetime or AGAIN).days,
        page_url=f"{settings().base_url}/a/{page.slug}",
        again=question.asked_again_at is not None,
    )
    deliveries.queue(email, to=supporter, lane=Lane.NOW, about_id=question.id, by=by)


def _alone() -> bool:
    """Until the transaction ends; a second run at the same moment finds nothing to do."""
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(ONE_ASKS))))


def _locked(question: Question) -> Question:
    return db.session.get_one(Question, question.id, with_for_update=True, populate_existing=True)
