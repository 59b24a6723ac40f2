from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.addresses import parse_address
from actions.answers import operations as answers
from actions.answers.models import Question
from actions.answers.queries import question_of
from actions.clock import clock, now
from actions.consents.models import ConsentPurpose
from actions.consents.queries import standing
from actions.deliveries.models import Lane
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import subscriptions_of
from actions.preferences.operations import erase_everything
from actions.restores import operations, witness
from actions.supporters.models import Supporter, SupporterState
from actions.suppressions.queries import is_suppressed
from actions.unsubscribes.operations import leave, leave_all
from actions.unsubscribes.queries import Leaving
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.restores import back_up, put_back
from tests.factories.supporters import make_subscriber, make_supporter, say_about_news


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Path:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"witness_dir": tmp_path / "witness"})
    make_organisation()
    return tmp_path / "witness"


def advance() -> None:
    number = operations.advance()
    db.session.commit()
    if number is not None:
        witness.keep(number)


def again(email: str) -> Supporter:
    return db.session.query(Supporter).filter_by(email_hash=parse_address(email).hash).one()


@pytest.mark.requirement("O-18", "C-39")
def test_who_unsubscribed_objected_or_was_erased_after_the_backup_stays_so(folder: Path) -> None:
    updates, page = make_list(), make_page()
    left, objects, erased, stays = (
        make_subscriber(updates, f"{name}@example.org") for name in ("left", "objects", "erased", "stays")
    )
    say_about_news(page, left)
    advance()
    backup = back_up()
    clock.move(timedelta(minutes=10))
    leave(Leaving(left, joined=db.session.get(MailingList, updates.id)), by=OPERATOR)
    leave(Leaving(left, page=page), by=OPERATOR)
    leave_all(objects, by=OPERATOR)
    erase_everything(erased, by=OPERATOR)
    db.session.commit()
    advance()
    put_back(backup)
    assert operations.holds_back(operations.Lane.BULK)
    db.session.commit()
    for name, lists in (("left", 0), ("objects", 0), ("stays", 1)):
        assert len(subscriptions_of(again(f"{name}@example.org").id)) == lists, name
    assert not [one for one in standing(left.id) if one.purpose is ConsentPurpose.CASE_NEWS]
    assert is_suppressed([parse_address("objects@example.org").hash])
    assert is_suppressed([parse_address("erased@example.org").hash])
    assert db.session.get_one(Supporter, erased.id).state is SupporterState.ERASED
    assert stays.id
    assert operations.do_again(clock.now() - timedelta(days=1), by=OPERATOR) == 0


@pytest.mark.requirement("P-07")
def test_the_log_names_nobody(folder: Path) -> None:
    advance()
    leave_all(make_subscriber(make_list(), "canary@example.org"), by=OPERATOR)
    db.session.commit()
    advance()
    text = (folder / witness.LOG).read_text()
    assert parse_address("canary@example.org").hash.hex() in text
    assert "canary" not in text
    assert "example" not in text


def test_what_was_taken_back_before_the_backup_is_left_as_it_is(folder: Path) -> None:
    who = make_supporter("ada@example.org")
    advance()
    leave_all(who, by=OPERATOR)
    db.session.commit()
    advance()
    clock.move(timedelta(hours=1))
    assert operations.do_again(clock.now(), by=OPERATOR) == 0


@pytest.mark.requirement("O-18")
def test_whoever_was_to_be_asked_no_more_after_the_backup_is_asked_no_more(folder: Path) -> None:
    page, known, new = make_page(), make_supporter("known@example.org"), make_supporter("new@example.org")
    db.session.add(Question(page_id=page.id, supporter_id=known.id, asked_at=now()))
    advance()
    backup = back_up()
    clock.move(timedelta(minutes=10))
    for who in (known, new):
        assert answers.ask_no_more_of(who, page.id, by=OPERATOR)
    db.session.commit()
    advance()
    put_back(backup)
    assert not operations.holds_back(Lane.NOW)
    assert operations.holds_back(Lane.LETTERS)
    db.session.commit()
    for email in ("known@example.org", "new@example.org"):
        question = question_of(again(email), page.id)
        assert question is not None
        assert question.stopped_at is not None
        assert not answers.ask_no_more_of(again(email), page.id, by=OPERATOR)
