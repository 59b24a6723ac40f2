import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import audience, operations, queries, writing
from actions.mailings.models import Mailing, MailingKind
from actions.mailings.operations import WrongState
from actions.mailings.writing import ChangedMeanwhile
from actions.pages.models import Outcome, Page, PageUpdate
from actions.segments.rules import LivesIn, to_json
from tests.factories.mailings import BLOCKS, draft_alert, launch, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, say_about_news, sign


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def page(updates: MailingList) -> Page:
    return make_page()


@pytest.fixture
def draft(updates: MailingList, page: Page) -> Mailing:
    return draft_alert(updates, page)


def test_an_alert_begins_with_the_words_of_its_page_and_leaves_out_who_acted(updates: MailingList, page: Page) -> None:
    ada, ben = make_subscriber(updates, "ada@example.org"), make_subscriber(updates, "ben@example.org")
    sign(page, ada)
    alert = writing.begin_alert(page, updates, by=OPERATOR)
    texts = queries.texts_of(alert)
    assert (alert.kind, alert.page_id, audience.size_of(alert)) == (MailingKind.ALERT, page.id, 1)
    assert texts["en"].subject
    assert texts["en"].blocks[0]["type"] == "text"
    assert ben.id


def test_an_update_goes_to_who_acted_and_wants_news(updates: MailingList, page: Page) -> None:
    ada = make_subscriber(updates, "ada@example.org")
    sign(page, ada)
    say_about_news(page, ada)
    told = {"en": {"headline": "She is free", "blocks": BLOCKS}}
    news = PageUpdate(page_id=page.id, outcome=Outcome.WON, dated=clock.now(), wordings=told, created_at=clock.now())
    db.session.add(news)
    db.session.flush()
    update = writing.begin_update(page, news, by=OPERATOR)
    assert (update.kind, audience.size_of(update)) == (MailingKind.UPDATE, 1)
    assert queries.texts_of(update)["en"].subject


def test_a_copy_is_a_new_draft_with_the_same_words_and_people(updates: MailingList, draft: Mailing) -> None:
    copy = writing.copy_mailing(draft, by=OPERATOR)
    blank = writing.begin_newsletter(updates, by=OPERATOR)
    assert copy.id != draft.id
    assert (copy.rule, queries.texts_of(copy)["en"].blocks) == (draft.rule, queries.texts_of(draft)["en"].blocks)
    assert (blank.kind, queries.texts_of(blank)["en"].subject) == (MailingKind.NEWSLETTER, "")


def test_of_two_who_write_at_once_the_second_is_told_and_sees_what_the_first_wrote(draft: Mailing) -> None:
    operations.queue_test(draft, make_subscriber(make_list("other"), "me@example.org"), by=OPERATOR)
    assert draft.tested_at
    first = writing.revise(draft, words(subject="By Ann"), version=1, by=OPERATOR)
    assert (first.version, draft.tested_at) == (2, None)
    with pytest.raises(ChangedMeanwhile) as told:
        writing.revise(draft, words(subject="By Ben"), version=1, by=OPERATOR)
    assert told.value.text.subject == "By Ann"
    assert writing.revise(draft, words(subject="By both"), version=2, by=OPERATOR).subject == "By both"


def test_a_language_is_added_and_dropped(draft: Mailing) -> None:
    writing.revise(draft, words("ar"), version=0, by=OPERATOR)
    db.session.flush()
    assert list(queries.texts_of(draft)) == ["en", "ar"]
    with pytest.raises(ChangedMeanwhile):
        writing.revise(draft, words("ar"), version=0, by=OPERATOR)
    writing.drop_language(draft, "ar", by=OPERATOR)
    assert list(queries.texts_of(draft)) == ["en"]


def test_text_is_kept_without_what_may_not_stand_in_a_mail(draft: Mailing) -> None:
    block = {"type": "text", "html": "<p>Hi<script>alert(1)</script></p>"}
    assert "script" not in str(writing.revise(draft, words(blocks=[block]), version=1, by=OPERATOR).blocks)


def test_the_audience_is_chosen_until_the_launch(updates: MailingList, draft: Mailing) -> None:
    make_subscriber(updates, country="DE")
    writing.choose_audience(draft, LivesIn(("DE",)), mailing_list=updates, discreet=True, by=OPERATOR)
    assert (draft.rule, draft.discreet) == (to_json(LivesIn(("DE",))), True)
    launch(draft)
    with pytest.raises(WrongState):
        writing.choose_audience(draft, LivesIn(("AT",)), by=OPERATOR)
    with pytest.raises(WrongState):
        writing.revise(draft, words(blocks=BLOCKS), version=1, by=OPERATOR)
