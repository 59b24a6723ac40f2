from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions.actors import OPERATOR, WORKER
from actions.consents.models import ConsentEvent
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.letters.holding import tell_some
from actions.letters.models import LetterState
from actions.mailings.audience import who_acted
from actions.mailings.models import Mailing, MailingKind, MailingState
from actions.mailings.preflight import MailingNotReady
from actions.pages.models import Outcome, Page, PageState
from actions.pages.operations import NotFromHere, PageNotReady
from actions.pages.queries import newest_update, updates_of, wording
from actions.site.updates import Published, Told, draft_mail, publish_update
from actions.supporters.models import Supporter
from tests.factories.mailings import put_together, rows_of
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.pictures import make_picture
from tests.factories.supporters import make_supporter, say_about_news, sign, write

Db = scoped_session[Session]
BLOCKS = [{"type": "text", "html": "<p>The gate took the medicine.</p>"}]
CHANGES = {"summary": "She has her medicine.", "letter": {"body": "Thank you. Let her go home."}}


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    make_list()
    make_picture()
    return make_page(targets=[make_target()], lead_picture="gate.webp")


def told(**changes: Any) -> dict[str, Told]:
    values: dict[str, Any] = {"headline": "Her medicine has reached her", "blocks": BLOCKS}
    return {"en": Told(**(values | changes))}


def publish(page: Page, news: dict[str, Told], outcome: Outcome = Outcome.PARTIAL, *, mail: bool = False) -> Published:
    published = publish_update(page, outcome, news, mail=mail, by=OPERATOR)
    db.session.commit()
    return published


def reader(page: Page, email: str, *, news: bool = True) -> Supporter:
    made = make_supporter(email)
    if news:
        say_about_news(page, made)
    return made


def test_the_banner_stands_at_once_and_the_words_change_with_it(page: Page, client: Any) -> None:
    publish(page, told(changes=CHANGES))
    assert (page.state, page.version) == (PageState.OPEN_WITH_UPDATE, 2)
    now, before = wording(page, "en"), wording(page, "en", 1)
    assert (now.summary, now.letter["body"]) == ("She has her medicine.", "Thank you. Let her go home.")
    assert now.letter["subject"] == before.letter["subject"] == "Please release her"
    assert (now.petition, now.blocks) == (before.petition, before.blocks)
    assert "Her medicine has reached her" in client.get("/a/free-her").text


def test_letters_under_the_old_words_are_held_and_their_writers_asked(page: Page, session: Db) -> None:
    (target,) = [make_target("another")]
    letter = write(page, make_supporter(), target, LetterState.READY)
    assert publish(page, told(changes=CHANGES)).held == 1
    session.expire_all()
    assert letter.state is LetterState.HELD
    tell_some(by=WORKER)
    assert session.scalars(select(Delivery.kind)).all() == ["letter_held"]


def test_news_that_changes_no_words_holds_no_letter(page: Page, session: Db) -> None:
    letter = write(page, make_supporter(), make_target("another"), LetterState.READY)
    assert publish(page, told()).held == 0
    session.expire_all()
    assert letter.state is LetterState.READY


def test_an_end_calls_back_what_waits_and_its_writers_are_told(page: Page, session: Db) -> None:
    letter = write(page, make_supporter(), make_target("another"), LetterState.READY)
    published = publish(page, told(), Outcome.WON)
    session.expire_all()
    assert (published.cancelled, letter.state, page.state) == (1, LetterState.CANCELLED, PageState.WON)
    tell_some(by=WORKER)
    assert session.scalars(select(Delivery.kind)).all() == ["letter_cancelled"]


def test_the_mail_goes_to_those_who_acted_and_want_to_know(page: Page) -> None:
    signed, silent = reader(page, "signed@example.org"), reader(page, "silent@example.org", news=False)
    for who in (signed, silent):
        sign(page, who)
    write(page, wrote := reader(page, "wrote@example.org"), make_target("another"))
    reader(page, "curious@example.org")
    mailing = publish(page, told(preheader="A door opened."), mail=True).mailing
    assert mailing is not None
    rows = rows_of(mailing)
    assert {row.supporter_id for row in rows} == {signed.id, wrote.id}
    copy = put_together(rows)[0]
    assert copy.subject == "Her medicine has reached her"
    assert "The gate took the medicine." in copy.text
    assert "/t/" in copy.text


@pytest.mark.requirement("O-17")
def test_the_same_news_again_is_the_news_that_stands(page: Page, session: Db) -> None:
    sign(page, reader(page, "signed@example.org"))
    first = publish(page, told(changes=CHANGES))
    again = publish(page, told(changes=CHANGES), mail=True)
    once_more = publish(page, told(changes=CHANGES), mail=True)
    assert first.mailing is None
    assert again.mailing is not None
    assert once_more.mailing is again.mailing
    assert (len(updates_of(page)), page.version) == (1, 2)
    assert len(session.scalars(select(Mailing)).all()) == 1
    assert len(rows_of(again.mailing)) == 1


def test_nobody_to_tell_is_no_reason_to_keep_the_news_back(page: Page, session: Db) -> None:
    who = reader(page, "left@example.org")
    sign(page, who)
    say_about_news(page, who, ConsentEvent.WITHDRAWN)
    published = publish(page, told(), mail=True)
    assert published.mailing is None
    assert newest_update(page) is published.update
    assert session.scalars(select(Mailing)).all() == []


@pytest.mark.parametrize(
    ("news", "outcome", "fact"),
    [
        (told(changes={"privacy": {}}), Outcome.PARTIAL, PageNotReady),
        ({"km": Told(headline="x", blocks=BLOCKS, changes=CHANGES)}, Outcome.PARTIAL, PageNotReady),
        (told(blocks=[{"type": "text", "html": ""}]), Outcome.PARTIAL, PageNotReady),
        (told(subject="{{config}}"), Outcome.PARTIAL, MailingNotReady),
    ],
)
def test_what_cannot_stand_is_refused_whole(
    page: Page, session: Db, news: dict[str, Told], outcome: Outcome, fact: type[Exception]
) -> None:
    sign(page, reader(page, "signed@example.org"))
    with pytest.raises(fact):
        publish_update(page, outcome, news, mail=True, by=OPERATOR)
    session.rollback()
    assert (page.version, page.state, newest_update(page)) == (1, PageState.OPEN, None)


def test_a_page_that_is_over_stays_over(page: Page) -> None:
    publish(page, told(), Outcome.WON)
    with pytest.raises(NotFromHere):
        publish(page, told(headline="Again"), Outcome.PARTIAL)


def test_an_update_goes_out_as_an_update(page: Page) -> None:
    sign(page, reader(page, "signed@example.org"))
    mailing = publish(page, told(), mail=True).mailing
    assert mailing is not None
    assert (mailing.kind, mailing.page_id, mailing.update_id is not None) == (MailingKind.UPDATE, page.id, True)


def test_the_mailing_can_wait_as_a_draft(page: Page) -> None:
    reader(page, "ann@example.org")
    published = publish(page, told())
    for _ in range(2):
        drafted = draft_mail(page, published.update, told(), rule=who_acted(page.id), by=OPERATOR)
        assert (drafted.state, drafted.audience, drafted.update_id) == (MailingState.DRAFT, None, published.update.id)
    assert len(db.session.scalars(select(Mailing)).all()) == 1


def test_news_may_be_of_an_earlier_day(page: Page) -> None:
    day = datetime(2014, 7, 22, 12, tzinfo=UTC)
    assert publish_update(page, Outcome.PARTIAL, told(), dated=day, by=OPERATOR).update.dated == day
