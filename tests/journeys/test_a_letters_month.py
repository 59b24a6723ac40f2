"""A letter from the first key to the day on which its text goes, with nothing of ours replaced but the clock."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions import clock
from actions.answers.models import Said
from actions.config import settings
from actions.extensions import db
from actions.letters import queries
from actions.letters.models import Letter, LetterEvent, LetterState
from actions.pages.models import Page
from actions.targets.models import Target
from devserver.catcher import Catcher
from tests.factories.answers import press, questions
from tests.factories.certificates import Authority
from tests.factories.forms import send_form
from tests.factories.mta import running_postfix
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.worker import answer_requests
from workers import answers, confirmations, counts, letters, retention
from workers.deliver import drain
from workers.sweep import sweep

WRITE = "/a/free-her/write"
TYPED = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Lee", "country": "DE", "by": "email"}


@pytest.fixture
def office(app: Flask, tmp_path: Path) -> Iterator[Catcher]:
    """Behind a mail server that others wrote, as behind any relay."""
    tmp_path.chmod(0o755)
    certificate = Authority(tmp_path).issue("localhost", "127.0.0.1")
    with Catcher() as catcher, running_postfix(catcher.port, certificate) as mta:
        url = f"smtp://127.0.0.1:{mta.port}?tls=none"
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"smtp_url": url})
        yield catcher


@pytest.fixture
def target(office: Catcher) -> Target:
    make_organisation()
    make_list()
    return make_target()


@pytest.fixture
def page(target: Target) -> Page:
    return make_page(targets=[target])


def work() -> None:
    """What workers do in a while."""
    answer_requests()
    for job in (confirmations.remind_and_expire, letters.release, answers.ask, counts.count, retention.forget, sweep):
        job()
    for lane in ("letters", "now"):
        drain(lane)


def pass_days(number: int) -> None:
    for _ in range(number):
        clock.clock.move(timedelta(days=1))
        work()


def newest(office: Catcher, to: str, number: int) -> EmailMessage:
    """Once so many mails have arrived."""
    mails = [mail for mail in office.await_mails(number) if mail.rcpt_to == (to,)]
    return cast("EmailMessage", message_from_bytes(mails[-1].content, policy=policy.default))


def link_in(mail: EmailMessage, path: str) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    found = re.search(rf"https?://\S*{path}\S+", str(part.get_content()))
    assert found, part.get_content()
    return urlsplit(found[0]).path


def the_letter() -> Letter:
    db.session.expire_all()
    return db.session.scalars(select(Letter)).one()


@pytest.mark.requirement("L-01", "L-16", "L-17")
def test_a_letter_is_written_confirmed_sent_asked_about_and_forgotten(
    client: FlaskClient, office: Catcher, page: Page, target: Target
) -> None:
    assert send_form(client, WRITE, WRITE, **TYPED).status_code == 200
    work()
    link = link_in(newest(office, TYPED["email"], 1), "/c/")
    assert the_letter().state is LetterState.UNCONFIRMED
    assert client.get(link).status_code == 200
    assert client.post(link).status_code == 303
    work()
    sent = newest(office, str(target.email), 3)
    assert (sent["Subject"], sent["Reply-To"]) == ("Please release her", "ann@example.org")
    work()
    assert "Please release her" in str(newest(office, TYPED["email"], 3).as_bytes())
    letter = the_letter()
    assert (letter.state, page.letter_count, letter.words is not None) == (LetterState.SENT, 1, True)

    pass_days(13)
    assert (len(office.received), questions()) == (3, [])
    pass_days(1)
    asked = newest(office, TYPED["email"], 4)
    assert asked["Subject"] == "Did they answer your letter?"
    assert press(client, link_in(asked, "/answer/"), "yes").status_code in {200, 303}
    assert questions()[0].said is Said.YES

    pass_days(settings().letter_text_days - 15)
    assert the_letter().words is not None
    pass_days(2)
    letter = the_letter()
    assert (letter.words, letter.first_name, letter.last_name, letter.content_hash) == (None, None, None, None)
    assert (letter.state, page.letter_count) == (LetterState.SENT, 1)
    assert queries.states_of(target) == {LetterState.SENT: 1}
    assert questions()[0].said is Said.YES
    steps = db.session.scalars(select(LetterEvent.after).order_by(LetterEvent.id)).all()
    assert steps == [LetterState.UNCONFIRMED, LetterState.READY, LetterState.RELEASED, LetterState.SENT]
    assert len(office.received) == 4, "nobody got anything twice"
