"""Letters that have gone, and the question whether an answer came."""

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from actions import clock
from actions.actors import WORKER
from actions.answers import operations
from actions.answers.models import Question
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.pages.models import Page
from actions.pages.queries import targets_of
from actions.supporters.models import Supporter
from actions.targets.models import Target
from actions.tokens import Purpose, tokens
from tests.factories.desk import fields_of
from tests.factories.letters import make_letter, move_to
from tests.factories.supporters import make_supporter, write
from workers.answers import ask


def send_letter(page: Page, target: Target, writer: Supporter) -> Letter:
    return move_to(make_letter(page, target, writer), LetterState.RELEASED, LetterState.SENT)


def ask_after(**time: float) -> None:
    """Let that long pass; then the job runs."""
    clock.clock.move(timedelta(**time))
    ask()
    db.session.expire_all()


def questions() -> list[Question]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Question).order_by(Question.id)))


def link_of(question: Question) -> str:
    return f"/answer/{tokens.sign(Purpose.ANSWER, question.id)}"


def press(client: FlaskClient, link: str, what: str) -> TestResponse:
    return client.post(link, data={"say": what})


def paste(client: FlaskClient, link: str, text: str) -> TestResponse:
    """Into the form that follows after yes."""
    return client.post(link, data=fields_of(client.get(link).text, link) | {"say": "tell", "answer": text})


def with_answers(page: Page, *texts: str) -> Page:
    """One writer for each text, who pastes it; the first of them is read."""
    for number, text in enumerate(texts):
        writer = make_supporter(f"told{number}@example.org")
        write(page, writer, targets_of(page)[0]).ended_at = clock.now() - timedelta(days=20)
        question = Question(page_id=page.id, supporter_id=writer.id, asked_at=clock.now())
        db.session.add(question)
        db.session.flush()
        operations.tell(question, text, by=WORKER)
        operations.mark_read(question, read=number == 0, by=WORKER)
    return page
