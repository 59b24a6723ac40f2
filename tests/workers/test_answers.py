"""A letter and what came of it, by HTTP, the worker and SMTP, over thirty days and a year."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions import clock
from actions.actors import OPERATOR
from actions.answers.models import Said
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.restores.operations import go_on, note_restore
from actions.supporters.models import Supporter
from actions.tokens import Purpose, tokens
from devserver.catcher import Catcher
from tests.factories.answers import paste, press, questions
from tests.factories.letters import make_letter, make_supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from workers.answers import ask
from workers.deliver import drain
from workers.letters import release
from workers.retention import forget
from workers.sweep import sweep

LINK = re.compile(r"/answer/\S+")


@pytest.fixture
def catcher(app: Flask) -> Iterator[Catcher]:
    with Catcher() as made:
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"smtp_url": made.url})
        yield made


@pytest.fixture
def letter(catcher: Catcher) -> Letter:
    make_organisation()
    make_list()
    target = make_target()
    return make_letter(make_page(targets=[target]), target, make_supporter())


def a_day_later() -> None:
    """All that a day's jobs do."""
    clock.clock.move(timedelta(days=1))
    for job in (release, ask, forget):
        job()
    for lane in ("letters", "now"):
        drain(lane)


def questions_in(catcher: Catcher) -> list[EmailMessage]:
    mails = [cast("EmailMessage", message_from_bytes(one.content, policy=policy.default)) for one in catcher.received]
    return [mail for mail in mails if mail["Subject"] == "Did they answer your letter?"]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def my_page(client: FlaskClient, letter: Letter) -> str:
    writer = db.session.get_one(Supporter, letter.supporter_id, populate_existing=True)
    return client.get(f"/p/{tokens.sign(Purpose.MY_DATA, writer.id, writer.generation)}").text


@pytest.mark.requirement("L-16", "L-17")
def test_over_a_month_a_writer_is_asked_twice_and_their_page_says_what_came_of_it(
    client: FlaskClient, catcher: Catcher, letter: Letter
) -> None:
    assert "at most" in my_page(client, letter)
    for _ in range(14):
        a_day_later()
    assert questions_in(catcher) == []
    assert "It was handed over to the office’s mail on" in my_page(client, letter)
    a_day_later()
    (first,) = questions_in(catcher)
    assert first["To"] == "ann@example.org"
    assert first["List-Unsubscribe"] is None
    assert first["Auto-Submitted"] == "auto-generated"
    assert "Do not ask me again" in text_of(first)
    link = LINK.findall(text_of(first))[0]
    assert client.get(link).status_code == 200
    press(client, link, "no")
    for _ in range(8):
        a_day_later()
    _, second = questions_in(catcher)
    press(client, LINK.findall(text_of(second))[0], "yes")
    paste(client, link, "They are looking into it.")
    for _ in range(7):
        a_day_later()
    assert len(questions_in(catcher)) == 2
    assert "You told us that an answer came." in my_page(client, letter)
    told = questions()[0]
    assert (told.answer, told.said) == ("They are looking into it.", Said.YES)
    clock.clock.move(timedelta(days=380))
    forget()
    assert (questions()[0].answer, questions()[0].said) == (None, Said.YES)


def test_do_not_ask_me_again_is_obeyed_and_the_letter_stays_as_it_was(
    client: FlaskClient, catcher: Catcher, letter: Letter
) -> None:
    for _ in range(15):
        a_day_later()
    link = LINK.findall(text_of(questions_in(catcher)[0]))[0]
    press(client, link, "no")
    press(client, link, "never")
    for _ in range(12):
        a_day_later()
    assert len(questions_in(catcher)) == 1
    assert db.session.get_one(Letter, letter.id, populate_existing=True).state is LetterState.SENT


def test_run_twice_and_put_off_by_the_relay_it_asks_once(catcher: Catcher, letter: Letter) -> None:
    for _ in range(14):
        a_day_later()
    clock.clock.move(timedelta(days=1))
    catcher.rules.data = "451 4.3.0 Try again later"
    ask()
    ask()
    drain("now")
    catcher.rules.data = None
    clock.clock.move(timedelta(hours=5))
    ask()
    sweep()
    drain("now")
    assert len(questions_in(catcher)) == 1


@pytest.mark.requirement("O-18")
def test_after_a_restore_nobody_is_asked_before_a_person_has_looked(catcher: Catcher, letter: Letter) -> None:
    for _ in range(14):
        a_day_later()
    note_restore(by=OPERATOR)
    db.session.commit()
    clock.clock.move(timedelta(days=1))
    ask()
    assert questions() == []
    go_on(by=OPERATOR)
    db.session.commit()
    ask()
    assert len(questions()) == 1
