from datetime import timedelta

import pytest
from flask import Flask

from actions.actors import OPERATOR, WORKER
from actions.clock import clock
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import audience, designs, queries, writing
from actions.mailings.models import Mailing, MailingDesign, MailingKind
from actions.mailings.operations import Words, draft_mailing
from actions.pages.models import Page
from actions.staff.queries import newest_entries
from actions.transaction import transaction
from tests.factories.mailings import BLOCKS, draft_alert, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, sign


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def page(updates: MailingList) -> Page:
    return make_page()


@pytest.fixture
def alert(updates: MailingList, page: Page) -> Mailing:
    return draft_alert(updates, page, words(), words("km"))


def newsletter(updates: MailingList, *texts: Words, key: str = "news") -> Mailing:
    with transaction():
        return draft_mailing(MailingKind.NEWSLETTER, key=key, words=texts, mailing_list=updates, by=OPERATOR)


def save(mailing: Mailing, name: str) -> MailingDesign:
    with transaction():
        return designs.save_design(mailing, name, by=OPERATOR)


def test_a_mailing_begins_with_every_word_of_its_design(alert: Mailing, updates: MailingList, page: Page) -> None:
    design = save(alert, "  Ask to   write ")
    assert design.name == "Ask to write"
    sign(page, make_subscriber(updates, "ada@example.org"))
    make_subscriber(updates, "ben@example.org")
    made = writing.begin_from_design(design, updates, page, by=OPERATOR)
    before, after = queries.texts_of(alert), queries.texts_of(made)
    assert list(after) == ["en", "km"]
    for language, text in after.items():
        was = before[language]
        assert (text.subject, text.preheader, text.blocks) == (was.subject, was.preheader, was.blocks)
    assert (made.kind, made.page_id, audience.size_of(made)) == (MailingKind.ALERT, page.id, 1)


def test_a_design_that_asks_to_act_needs_a_page_and_another_takes_none(updates: MailingList, page: Page) -> None:
    act = {"type": "button", "text": "Act", "url": "act"}
    for number, (blocks, subject, asks) in enumerate(
        [
            ([act], "News", True),
            ([{"type": "text", "html": '<p><a href="act">x</a></p>'}], "News", True),
            (BLOCKS, "{{count}} have signed", True),
            (BLOCKS, "Let us act for {{first_name|you}}", False),
        ]
    ):
        text = words(blocks=blocks, subject=subject)
        design = save(newsletter(updates, text, key=f"news-{number}"), f"Number {number}")
        assert designs.needs_page(design) is asks
        if asks:
            with pytest.raises(designs.PageMissing):
                writing.begin_from_design(design, updates, by=OPERATOR)
        made = writing.begin_from_design(design, updates, page, by=OPERATOR)
        assert (made.kind is MailingKind.ALERT, made.page_id) == (asks, page.id if asks else None)


def test_one_name_is_one_design(alert: Mailing, updates: MailingList) -> None:
    design = save(alert, "Monthly")
    assert save(alert, "Monthly").id == design.id, "a second click"
    other = newsletter(updates, words(subject="Another"))
    with pytest.raises(designs.NameTaken):
        save(other, "Monthly")
    with pytest.raises(designs.NameMissing):
        save(alert, "  ")
    second = save(other, "Weekly")
    with pytest.raises(designs.NameTaken), transaction():
        designs.rename_design(second, "Monthly", by=OPERATOR)
    with transaction():
        designs.rename_design(second, "Yearly", by=OPERATOR)
    assert [one.name for one in designs.standing()] == ["Monthly", "Yearly"]


def test_one_that_was_deleted_comes_back_unless_its_name_is_taken(alert: Mailing, updates: MailingList) -> None:
    first = save(alert, "Monthly")
    for _ in range(2):
        with transaction():
            designs.drop_design(first, by=OPERATOR)
    assert (list(designs.standing()), list(designs.dropped())) == ([], [first])
    second = save(newsletter(updates, words(subject="Another")), "Monthly")
    with pytest.raises(designs.NameTaken), transaction():
        designs.bring_back(first, by=OPERATOR)
    with transaction():
        designs.rename_design(second, "Other", by=OPERATOR)
        designs.bring_back(first, by=OPERATOR)
    assert {one.id for one in designs.standing()} == {first.id, second.id}
    said = [entry.action for entry in newest_entries()]
    assert said == ["bring back design", "rename design", "save design", "drop design", "save design"]


def test_nobody_brings_it_back_after_a_month(alert: Mailing) -> None:
    kept, gone = save(alert, "Monthly"), save(alert, "Weekly")
    with transaction():
        designs.drop_design(gone, by=OPERATOR)
    clock.move(designs.UNDO_FOR - timedelta(minutes=1))
    designs.forget_dropped(by=WORKER)
    assert list(designs.dropped()) == [gone]
    clock.move(timedelta(minutes=2))
    designs.forget_dropped(by=WORKER)
    db.session.expire_all()
    assert (list(designs.dropped()), [one.id for one in designs.standing()]) == ([], [kept.id])
