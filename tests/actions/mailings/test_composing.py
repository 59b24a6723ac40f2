import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions.actors import OPERATOR, supporter
from actions.deliveries.kinds import Outgoing
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.lists.models import Subscription
from actions.mailings import operations
from actions.mailings.composing import NotLaunched, words_of
from actions.mailings.models import Mailing, MailingKind, MailingText
from actions.pages.models import Page
from actions.supporters.models import Supporter
from actions.supporters.operations import erase
from actions.tokens import Purpose, tokens
from actions.unsubscribes.queries import leaving
from tests.factories.mailings import draft_alert, launch, put_together, rows_of, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.staff import make_staff
from tests.factories.supporters import make_subscriber, make_supporter, say_about_news, sign

Db = scoped_session[Session]
PERSONAL_PATHS = ("/t/", "/u/", "/p/")
BLOCKS = [
    {"type": "text", "html": "<p>{{first_name|friend}} of {{country}}: {{count}} signed “{{page_title}}”.</p>"},
    {"type": "text", "html": '<p><a href="https://example.org/report">The report</a></p>'},
    {"type": "button", "text": "Write to the ambassador", "url": "act"},
]


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    return make_page(signature_count=1200)


def alert(page: Page, **people: dict[str, str]) -> tuple[Mailing, list[Outgoing]]:
    updates = make_list()
    for name, about in people.items():
        who = make_subscriber(updates, f"{name}@example.org", country=about.get("country"))
        who.first_name = about.get("first_name")
    mailing = launch(draft_alert(updates, page, words(blocks=BLOCKS)))
    return mailing, put_together(rows_of(mailing))


def hrefs(copy: Outgoing) -> list[str]:
    return re.findall(r'href="([^"]+)"', copy.html or "")


def header(copy: Outgoing, name: str) -> str:
    (value,) = [value for found, value in copy.headers if found == name]
    return value


def test_each_reader_s_own_values_stand_in_their_copy(page: Page) -> None:
    _, (ada, nobody) = alert(page, ada={"first_name": "Ada & Co", "country": "DE"}, ben={})
    assert "Dear Ada & Co," in ada.text
    assert "Ada & Co of Germany: 1,200 signed “Free her”." in ada.text
    assert "Ada &amp; Co of Germany" in (ada.html or "")
    assert "Dear friend," in nobody.text
    assert "friend of your country" in nobody.text


@pytest.mark.requirement("P-03")
def test_links_to_content_are_the_same_for_everyone(page: Page) -> None:
    _, (ada, ben) = alert(page, ada={}, ben={})
    differing = [one for one, other in zip(hrefs(ada), hrefs(ben), strict=True) if one != other]
    assert differing
    assert all(urlsplit(url).path.startswith(PERSONAL_PATHS) for url in differing)
    assert "https://example.org/report" in hrefs(ada)


@pytest.mark.requirement("P-02")
def test_nothing_counts_opens_or_clicks(page: Page) -> None:
    _, (ada,) = alert(page, ada={})
    assert "<img" not in (ada.html or "")
    assert all(urlsplit(url).netloc in {"localhost:8000", "example.org"} for url in hrefs(ada) if "mailto:" not in url)


def test_the_act_link_knows_reader_page_and_mailing(page: Page, session: Db) -> None:
    mailing, (ada,) = alert(page, ada={})
    (link, *more) = {url for url in hrefs(ada) if "/t/" in url}
    assert more == []
    token = urlsplit(link).path.removeprefix("/t/")
    row = rows_of(mailing)[0]
    assert tokens.read_ids(Purpose.ACT, token) == [row.supporter_id, page.id, mailing.id]
    assert link in ada.text


def test_a_discreet_mailing_has_a_plain_act_link(page: Page) -> None:
    updates = make_list()
    make_subscriber(updates)
    (copy,) = put_together(rows_of(launch(draft_alert(updates, page, discreet=True))))
    assert "/t/" not in copy.text
    assert "http://localhost:8000/a/free-her" in copy.text


@pytest.mark.requirement("B-12", "B-44")
def test_the_unsubscribe_link_of_a_list_leaves_that_list(page: Page, session: Db) -> None:
    mailing, (ada,) = alert(page, ada={})
    assert header(ada, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    link = header(ada, "List-Unsubscribe").strip("<>")
    assert link in ada.text
    assert link in hrefs(ada)
    what = leaving(link.rpartition("/")[2])
    assert what.joined is not None
    assert (what.joined.id, what.supporter and what.supporter.id) == (mailing.list_id, rows_of(mailing)[0].supporter_id)


@pytest.mark.requirement("B-12", "B-44")
def test_the_unsubscribe_link_of_a_case_leaves_that_case(page: Page, session: Db) -> None:
    ada = make_supporter()
    sign(page, ada)
    say_about_news(page, ada)
    mailing = operations.draft_mailing(MailingKind.NEWSLETTER, key="n", words=[words()], page=page, by=OPERATOR)
    (copy,) = put_together(rows_of(launch(mailing)))
    what = leaving(header(copy, "List-Unsubscribe").strip("<>").rpartition("/")[2])
    assert (what.joined, what.page and what.page.id, what.supporter and what.supporter.id) == (None, page.id, ada.id)
    assert "You get this because you asked for news about “Free her”." in copy.text


@pytest.mark.requirement("B-39")
def test_every_copy_names_its_sender_with_a_postal_address(page: Page) -> None:
    _, (ada,) = alert(page, ada={})
    for part in (ada.text, ada.html or ""):
        assert "Open Door Fund" in part
        assert "100 Example Street" in part
        assert "hello@open-door.test" in part
    assert (ada.from_name, ada.from_address) == ("Open Door Fund", "bulk@open-door.test")
    assert ada.auto_submitted is False


@pytest.mark.requirement("B-19")
def test_a_retry_says_the_same_whatever_has_happened_since(page: Page, session: Db) -> None:
    mailing, before = alert(page, ada={})
    page.signature_count = 5_000
    session.execute(update(MailingText).values(subject="Another"))
    session.commit()
    assert put_together(rows_of(mailing)) == before


def test_whoever_was_erased_meanwhile_is_left_out(page: Page, session: Db) -> None:
    mailing, _ = alert(page, ada={}, ben={})
    gone = session.get_one(Supporter, rows_of(mailing)[0].supporter_id)
    erase(gone, by=supporter(gone.id))
    session.commit()
    assert [copy.address for copy in put_together(rows_of(mailing))] == ["ben@example.org"]


def test_a_batch_asks_the_database_as_often_as_one_row(page: Page, session: Db) -> None:
    people = {f"p{number}": {} for number in range(40)}
    _, copies = alert(page, **people)
    assert len({copy.address for copy in copies}) == 40
    assert len({header(copy, "List-Unsubscribe") for copy in copies}) == 40
    assert session.query(Subscription).count() == 40


def test_words_that_were_never_frozen_are_not_sent(page: Page, session: Db) -> None:
    mailing, _ = alert(page, ada={})
    session.execute(update(MailingText).values(rendered_text=None))
    session.commit()
    # As a process sees it that has not sent it yet.
    words_of.cache_clear()
    with pytest.raises(NotLaunched):
        put_together(rows_of(mailing))


def test_a_test_goes_to_the_member_of_staff_who_asked_for_it(page: Page) -> None:
    mailing = draft_alert(make_list("other"), page, key="to-test")
    operations.queue_test(mailing, make_staff(), by=OPERATOR)
    tests = db.session.scalars(select(Delivery).where(Delivery.staff_id.is_not(None))).all()
    (copy,) = put_together(tests)
    assert (copy.address, copy.subject[:5]) == ("rana@open-door.test", "Test:")
