import time

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions.actors import OPERATOR
from actions.deliveries.models import Delivery
from actions.mailings import audience, operations
from actions.mailings.audience import NobodysMailing
from actions.mailings.models import MailingKind
from actions.segments.rules import Acted, Every, WantsNews
from tests.factories.mailings import draft_alert, launch, rows_of, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter, say_about_news, sign

Db = scoped_session[Session]


@pytest.fixture(autouse=True)
def organisation(app: Flask) -> None:
    make_organisation()


def test_whatever_the_rule_only_those_who_agreed_are_picked(session: Db) -> None:
    updates, page = make_list(), make_page()
    on, off = make_subscriber(updates, "on@example.org"), make_supporter("off@example.org")
    for who in (on, off):
        sign(page, who)
    mailing = draft_alert(updates, page, rule=Acted(page.id))
    assert audience.size_of(mailing) == 1
    assert [row.supporter_id for row in rows_of(launch(mailing))] == [on.id]


def test_an_update_is_for_those_who_acted_and_want_to_know(session: Db) -> None:
    page = make_page()
    acted, curious, both = (make_supporter(f"{name}@example.org") for name in ("acted", "curious", "both"))
    for who in (acted, both):
        sign(page, who)
    for who in (curious, both):
        say_about_news(page, who)
    assert audience.who_acted(page.id) == Every((Acted(page.id), WantsNews(page.id)))
    mailing = operations.draft_mailing(
        MailingKind.NEWSLETTER, key="n", words=[words()], rule=audience.who_acted(page.id), page=page, by=OPERATOR
    )
    assert [row.supporter_id for row in rows_of(launch(mailing))] == [both.id]


def test_a_mailing_without_list_and_page_has_no_audience(session: Db) -> None:
    mailing = operations.draft_mailing(MailingKind.NEWSLETTER, key="n", words=[words()], by=OPERATOR)
    with pytest.raises(NobodysMailing):
        audience.size_of(mailing)


@pytest.mark.requirement("O-02", "O-16")
def test_rows_are_unique_by_mailing_and_reader(session: Db) -> None:
    updates = make_list()
    make_subscriber(updates)
    mailing = launch(draft_alert(updates, make_page()))
    with pytest.raises(IntegrityError):
        audience.write_rows(mailing, ["en"], "en")
    session.rollback()
    assert len(rows_of(mailing)) == 1


def test_many_thousands_are_one_statement(session: Db) -> None:
    updates, page = make_list(), make_page()
    session.execute(
        text(
            "INSERT INTO supporters (state, email_hash, language, source, generation, created_at) "
            "SELECT 'active', sha256(n::text::bytea), CASE n % 2 WHEN 0 THEN 'ar' ELSE 'en' END, 'test', 1, now() "
            "FROM generate_series(1, 20000) n"
        )
    )
    session.execute(
        text(
            "INSERT INTO subscriptions (list_id, supporter_id, state) SELECT :list, id, 'active' FROM supporters"
        ).bindparams(list=updates.id)
    )
    session.commit()
    mailing = draft_alert(updates, page)
    started = time.monotonic()
    assert audience.write_rows(mailing, ["en", "ar"], "en") == 20_000
    assert time.monotonic() - started < 10
    by_language = select(Delivery.language, func.count()).group_by(Delivery.language)
    assert dict(session.execute(by_language).all()) == {"ar": 10_000, "en": 10_000}
