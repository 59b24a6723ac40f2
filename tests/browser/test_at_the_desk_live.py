"""What the scripts of the desk do by themselves: words are kept while they are written, and a screen follows on."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update

from actions.clock import clock
from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import queries
from actions.mailings.models import Mailing
from actions.pages.models import PageState
from actions.pages.queries import wordings
from actions.staff.invitations import invitation_url
from actions.staff.roles import StaffRole
from tests.factories.browsing import Window
from tests.factories.mailings import draft_alert, launch, rows_of
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.staff import PASSWORD, make_staff
from tests.factories.supporters import make_subscriber

pytestmark = pytest.mark.browser


@pytest.fixture
def updates(app: Flask, address: str) -> MailingList:
    make_organisation()
    made = make_list()
    for name in ("ada", "bea", "cem"):
        make_subscriber(made, f"{name}@example.org")
    return made


@pytest.fixture
def page(browser: Browser, updates: MailingList, address: str) -> Iterator[Page]:
    """Signed in."""
    window = Window(browser, address, width=1280)
    window.page.goto(invitation_url(make_staff(StaffRole.ADMIN)).removeprefix(address))
    window.page.locator("[name=password]").fill(PASSWORD)
    window.page.locator("[name=again]").fill(PASSWORD)
    window.page.locator("main button[type=submit]").click()
    window.page.wait_for_url("**/desk")
    yield window.page
    assert window.complaints == []
    window.close()


def wait_until_kept(page: Page) -> None:
    """No button is pressed: the line at the foot changes by itself."""
    expect(page.locator("#kept")).to_contain_text("Kept on")
    page.reload()


def write_below(page: Page, words: str) -> None:
    area = page.locator(".rich-area").first
    area.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def test_a_mailings_words_are_kept_while_they_are_written(page: Page, updates: MailingList) -> None:
    draft = draft_alert(updates, make_page())
    page.goto(f"/desk/mailings/{draft.id}/words/en")
    write_below(page, " Write today.")
    page.locator("[name=subject]").fill("She needs you")
    wait_until_kept(page)
    expect(page.locator("[name=subject]")).to_have_value("She needs you")
    expect(page.locator(".rich-area").first).to_contain_text("She has seen no lawyer. Write today.")
    db.session.expire_all()
    assert queries.texts_of(draft)["en"].subject == "Write for her (en)", "nobody has saved it"


def test_a_pages_words_are_kept_while_they_are_written(page: Page) -> None:
    made = make_page(state=PageState.DRAFT)
    page.goto(f"/desk/pages/{made.id}/words/en")
    write_below(page, " She is free.")
    page.locator("[name=summary]").fill("She came home today.")
    wait_until_kept(page)
    expect(page.locator("[name=summary]")).to_have_value("She came home today.")
    expect(page.locator(".rich-area").first).to_contain_text("She is a member of parliament. She is free.")
    db.session.expire_all()
    assert wordings(made)["en"].summary.startswith("She spoke up"), "nobody has saved it"


def test_a_mailing_under_way_is_followed_without_loading_its_screen_again(page: Page, updates: MailingList) -> None:
    mailing = launch(draft_alert(updates, make_page()))
    page.goto(f"/desk/mailings/{mailing.id}")
    expect(page.locator("main")).to_contain_text("3 of 3 are still to go")
    page.evaluate("window.isTheSame = true")
    page.locator("#do-pause").focus()
    end(mailing, 2)
    expect(page.locator("main")).to_contain_text("1 of 3 are still to go")
    expect(page.locator("#do-pause")).to_be_focused()
    assert page.evaluate("window.isTheSame") is True


def end(mailing: Mailing, number: int) -> None:
    """As the engine does it, while nobody presses anything."""
    some = [row.id for row in rows_of(mailing)][:number]
    ended = {"state": DeliveryState.SENT, "ended_at": clock.now()}
    db.session.execute(update(Delivery).where(Delivery.id.in_(some)).values(ended))
    db.session.commit()
