from datetime import timedelta

import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR, WORKER
from actions.extensions import db
from actions.links.models import Came
from actions.links.operations import Answer, ask, claim, record
from actions.lists.models import MailingList
from actions.mailings import operations
from actions.mailings.checklist import Checked, look_through
from actions.mailings.models import Mailing, MailingKind
from actions.pages.models import Page
from tests.factories.mailings import draft_alert, launch, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def page(updates: MailingList) -> Page:
    return make_page()


def said(mailing: Mailing, *, blocks: bool) -> str:
    return "\n".join(one.what for one in look_through(mailing).findings if one.blocks is blocks)


def test_a_mailing_that_may_go_has_nothing_that_blocks(updates: MailingList, page: Page) -> None:
    make_subscriber(updates)
    mailing = draft_alert(updates, page)
    operations.queue_test(mailing, make_supporter("me@example.org"), by=OPERATOR)
    checked = look_through(mailing)
    assert (checked.blocks, checked.audience) == (False, 1)


def test_what_blocks_comes_first_and_each_says_what_to_do(updates: MailingList, page: Page) -> None:
    link = {"type": "button", "text": "Read", "url": "https://elsewhere.example/x"}
    mailing = draft_alert(updates, page, words(subject="", blocks=[link]))
    checked = look_through(mailing)
    assert [one.blocks for one in checked.findings] == sorted((one.blocks for one in checked.findings), reverse=True)
    assert all(one.todo for one in checked.findings)
    assert "the subject is missing" in said(mailing, blocks=True)
    assert "Nobody is in the audience." in said(mailing, blocks=True)
    assert "not sent as a test" in said(mailing, blocks=True)
    assert "leads away from us, to elsewhere.example" in said(mailing, blocks=False)


def test_a_link_to_no_page_of_ours_blocks(updates: MailingList, page: Page) -> None:
    html = '<p><a href="http://localhost:8000/a/nobody">x</a> <a href="http://localhost:8000/a/free-her">y</a></p>'
    mailing = draft_alert(updates, page, words(blocks=[{"type": "text", "html": html}]))
    assert "the link /a/nobody leads nowhere" in said(mailing, blocks=True)
    assert "free-her" not in said(mailing, blocks=True)


def test_a_last_day_that_is_near_and_readers_mailed_lately_are_warned_of(updates: MailingList, page: Page) -> None:
    make_subscriber(updates)
    launch(draft_alert(updates, page, key="earlier"))
    page.action_until = clock.now() + timedelta(hours=3)
    db.session.commit()
    warned = said(draft_alert(updates, page), blocks=False)
    assert "over within 24 hours" in warned
    assert "1 of 1 were mailed in the last 3 days." in warned


def test_a_mailing_to_nobody_in_particular_is_looked_through_all_the_same(page: Page) -> None:
    mailing = operations.draft_mailing(MailingKind.NEWSLETTER, key="nobody", words=[words()], by=OPERATOR)
    assert isinstance(look_through(mailing), Checked)
    assert "nobody has agreed" in said(mailing, blocks=True)


def test_what_a_worker_found_out_about_a_link_is_said_and_stops_nothing(updates: MailingList, page: Page) -> None:
    address = "https://elsewhere.example/gone"
    mailing = draft_alert(updates, page, words(blocks=[{"type": "button", "text": "Read", "url": address}]))
    ask([address], by=OPERATOR)
    assert "the link to elsewhere.example is being checked" in said(mailing, blocks=False)
    (check,) = claim(8, by=WORKER)
    record(check, Answer(Came.ANSWERED, 404), by=WORKER)
    db.session.expire_all()
    assert "In English: the link to https://elsewhere.example/gone answered 404: it is dead." in said(
        mailing, blocks=False
    )
    assert "elsewhere" not in said(mailing, blocks=True)
