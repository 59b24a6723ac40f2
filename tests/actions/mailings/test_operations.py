from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions import clock, outbox
from actions.actors import OPERATOR
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.extensions import db
from actions.mailings import operations
from actions.mailings.models import Mailing, MailingKind, MailingState, MailingText
from actions.mailings.operations import WrongState
from actions.mailings.preflight import MailingNotReady
from actions.pages.models import PageState
from tests.factories.mailings import BLOCKS, draft_alert, launch, put_together, rows_of, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import add_wording, make_page
from tests.factories.supporters import make_subscriber, make_supporter, say_about_news, sign

Db = scoped_session[Session]


@pytest.fixture(autouse=True)
def organisation(app: Flask) -> None:
    make_organisation()


@pytest.mark.requirement("O-02", "O-04", "B-11")
def test_a_launch_makes_one_row_for_each_reader(session: Db) -> None:
    updates, page = make_list(), make_page()
    people = [make_subscriber(updates, f"{name}@example.org") for name in ("ada", "ben", "cy")]
    mailing = launch(draft_alert(updates, page))
    rows = rows_of(mailing)
    assert [row.supporter_id for row in rows] == [person.id for person in people]
    assert {(row.lane, row.kind, row.state) for row in rows} == {(Lane.BULK, "alert", DeliveryState.QUEUED)}
    assert (mailing.state, mailing.audience) == (MailingState.SENDING, 3)
    assert all(row.queued_at == row.due_at == rows[0].queued_at for row in rows)


def test_a_launch_wakes_the_lane(session: Db) -> None:
    updates = make_list()
    make_subscriber(updates)
    operations.launch(draft_alert(updates, make_page()), by=OPERATOR)
    assert ("workers.deliver.drain", ("bulk",), "bulk") in outbox.waiting()


def test_who_has_acted_is_left_out_unless_told_otherwise(session: Db) -> None:
    updates, page = make_list(), make_page()
    done, new = make_subscriber(updates, "done@example.org"), make_subscriber(updates, "new@example.org")
    sign(page, done)
    assert [row.supporter_id for row in rows_of(launch(draft_alert(updates, page)))] == [new.id]
    everyone = draft_alert(updates, page, key="again", rule=None)
    assert [row.supporter_id for row in rows_of(launch(everyone))] == [done.id, new.id]


def test_each_reader_gets_their_language_or_the_page_s_own(session: Db) -> None:
    updates, page = make_list(), make_page()
    add_wording(page, "ar")
    for language in ("en", "ar", "km"):
        make_subscriber(updates, f"{language}@example.org", language=language)
    mailing = launch(draft_alert(updates, page, words("ar"), words("en")))
    assert [row.language for row in rows_of(mailing)] == ["en", "ar", "en"]


@pytest.mark.requirement("O-17")
def test_the_same_send_twice_is_one_mailing(session: Db) -> None:
    updates, page = make_list(), make_page()
    make_subscriber(updates)
    first = launch(draft_alert(updates, page))
    again = draft_alert(updates, page, words(subject="Another subject"))
    assert again.id == first.id
    assert operations.launch(again, by=OPERATOR) is False
    assert len(rows_of(first)) == 1
    assert session.scalars(select(MailingText.subject)).all() == ["Write for her (en)"]


@pytest.mark.requirement("O-17", "O-16")
def test_fifty_sends_at_once_are_one_mailing(app: Flask, session: Db) -> None:
    updates, page = make_list(), make_page()
    make_subscriber(updates)

    def send(_: int) -> int:
        with app.app_context():
            return launch(draft_alert(updates, page)).id

    with ThreadPoolExecutor(8) as pool:
        mailings = set(pool.map(send, range(50)))
    assert len(mailings) == 1
    assert session.scalars(select(func.count()).select_from(Delivery)).one() == 1


@pytest.mark.requirement("O-14")
def test_words_are_frozen_at_launch(session: Db) -> None:
    updates, page = make_list(), make_page()
    make_subscriber(updates)
    mailing = launch(draft_alert(updates, page))
    session.execute(update(MailingText).values(subject="Changed afterwards"))
    session.commit()
    assert put_together(rows_of(mailing))[0].subject == "Write for her (en)"


@pytest.mark.requirement("O-14")
def test_pause_resume_and_cancel(session: Db) -> None:
    updates, page = make_list(), make_page()
    for name in ("ada", "ben"):
        make_subscriber(updates, f"{name}@example.org")
    mailing = launch(draft_alert(updates, page))
    operations.pause(mailing, by=OPERATOR)
    operations.pause(mailing, by=OPERATOR)
    assert mailing.state is MailingState.PAUSED
    operations.resume(mailing, by=OPERATOR)
    assert mailing.state is MailingState.SENDING
    assert operations.cancel(mailing, by=OPERATOR) == 2
    session.commit()
    assert (mailing.state, mailing.ended_at is not None) == (MailingState.CANCELLED, True)
    assert {row.state for row in rows_of(mailing)} == {DeliveryState.CANCELLED}
    with pytest.raises(WrongState):
        operations.resume(mailing, by=OPERATOR)


@pytest.mark.requirement("O-13")
def test_it_is_sent_only_when_every_row_has_ended_and_the_counts_agree(session: Db) -> None:
    updates, page = make_list(), make_page()
    people = [make_subscriber(updates, f"{name}@example.org") for name in ("ada", "ben", "cy")]
    mailing = launch(draft_alert(updates, page))
    ends = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN)
    for person, state in zip(people, ends, strict=True):
        assert operations.settle(mailing, by=OPERATOR) is False
        row = session.scalars(select(Delivery).where(Delivery.supporter_id == person.id)).one()
        row.state, row.ended_at = state, clock.now()
        session.commit()
    mailing.audience = 4
    assert operations.settle(mailing, by=OPERATOR) is False
    mailing.audience = 3
    assert operations.settle(mailing, by=OPERATOR) is True
    assert mailing.state is MailingState.SENT
    assert mailing.ended_at is not None


def test_an_unknown_row_that_is_tried_again_has_not_ended(session: Db) -> None:
    updates, page = make_list(), make_page()
    make_subscriber(updates)
    mailing = launch(draft_alert(updates, page))
    session.execute(update(Delivery).values(state=DeliveryState.UNKNOWN))
    assert operations.settle(mailing, by=OPERATOR) is False


def test_nobody_is_asked_to_act_after_the_last_day(session: Db) -> None:
    updates, page = make_list(), make_page(action_until=clock.now() + timedelta(hours=2))
    make_subscriber(updates)
    assert rows_of(launch(draft_alert(updates, page)))[0].give_up_at == page.action_until


def test_news_of_a_case_goes_only_to_whoever_asked_for_it(session: Db) -> None:
    page = make_page(state=PageState.OPEN)
    asked, silent = make_supporter("asked@example.org"), make_supporter("silent@example.org")
    for who in (asked, silent):
        sign(page, who)
    say_about_news(page, asked)
    mailing = operations.draft_mailing(MailingKind.NEWSLETTER, key="news", words=[words()], page=page, by=OPERATOR)
    assert [row.supporter_id for row in rows_of(launch(mailing))] == [asked.id]


def test_a_launch_that_is_refused_changes_nothing(session: Db) -> None:
    mailing = draft_alert(make_list(), make_page())
    with pytest.raises(MailingNotReady, match="Nobody is in the audience"):
        operations.launch(mailing, by=OPERATOR)
    session.rollback()
    assert mailing.state is MailingState.DRAFT
    assert rows_of(mailing) == []


def test_a_discarded_draft_is_gone_and_a_launched_mailing_stays(session: Db) -> None:
    updates, page = make_list(), make_page()
    make_subscriber(updates)
    operations.discard(draft_alert(updates, page, key="draft"), by=OPERATOR)
    mailing = launch(draft_alert(updates, page))
    with pytest.raises(WrongState):
        operations.discard(mailing, by=OPERATOR)
    assert session.scalars(select(Mailing.key)).all() == ["alert-1"]


def test_a_test_goes_to_one_address_and_joins_nothing(session: Db) -> None:
    updates, page = make_list(), make_page()
    make_subscriber(updates)
    mailing = draft_alert(updates, page, words(blocks=[*BLOCKS, {"type": "text", "html": "<p>{{count}}</p>"}]))
    tester = make_supporter("tester@example.org")
    operations.queue_test(mailing, tester, by=OPERATOR)
    session.commit()
    (row,) = session.scalars(select(Delivery)).all()
    (copy,) = put_together([row])
    assert (row.mailing_id, row.lane, copy.address) == (None, Lane.NOW, "tester@example.org")
    assert copy.subject == "Test: Write for her (en)"
    assert "This is a test." in copy.text
    assert "/t/" not in copy.text
    assert "http://localhost:8000/a/free-her" in copy.text
    assert "http://localhost:8000/u/test" in copy.text
    db.session.expire_all()
    assert mailing.state is MailingState.DRAFT
