"""The desk for those who have no scripts, and for those who have no mouse."""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from actions.actors import OPERATOR, WORKER
from actions.extensions import db
from actions.lists.queries import the_list
from actions.mailings.models import Mailing, MailingState
from actions.site.demo import load_demo
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from actions.transfers import running
from actions.transfers.models import Transfer
from tests.factories.browsing import Window
from tests.factories.staff import PASSWORD, a_browser, make_staff, sign_in
from tests.factories.supporters import make_subscriber

pytestmark = pytest.mark.browser

EMAIL = "rana@open-door.test"
PEOPLE = "email,first name,country,consent date\nann@example.org,Ann,DE,2026-01-05\nbo@example.org,Bo,KH,2026-01-05\n"
FOCUS = """() => {
    const one = document.activeElement, style = getComputedStyle(one);
    const label = one.labels?.length ? one.labels[0].textContent : one.ariaLabel || one.textContent;
    return {
        name: label.trim().replace(/\\s+/g, ' '),
        at: [...document.querySelectorAll('*')].indexOf(one),
        inside: one !== document.body && one !== document.documentElement,
        shown: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        what: one.outerHTML.slice(0, 120),
    };
}"""


@pytest.fixture
def member(app: Flask) -> Staff:
    """Has a password; the demonstration is there, and one person on its list."""
    load_demo(by=OPERATOR)
    db.session.commit()
    made = make_staff(StaffRole.ADMIN, email=EMAIL)
    sign_in(a_browser(app), made)
    make_subscriber(the_list(), "cy@example.org")
    return made


@pytest.fixture
def look(browser: Browser, member: Staff, address: str) -> Iterator[Callable[..., Page]]:
    windows: list[Window] = []

    def opened(*, scripts: bool) -> Page:
        windows.append(Window(browser, address, width=1280, scripts=scripts))
        return windows[-1].page

    yield opened
    for window in windows:
        assert window.complaints == []
        window.close()


class Keys:
    """Gets everywhere with the tabulator, and sees where it is."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, name: str) -> None:
        """Fails where the focus cannot be seen, does not move on, or never comes there."""
        before = -1
        for _ in range(80):
            self.page.keyboard.press("Tab")
            here: dict[str, Any] = self.page.evaluate(FOCUS)
            assert here["shown"] or not here["inside"], f"nobody sees the focus on {here['what']}"
            assert here["at"] != before, f"a trap: {here['what']}"
            before = here["at"]
            if here["name"] == name:
                return
        raise AssertionError(f"no way to {name} on {self.page.url}")

    def press(self, name: str, key: str = "Enter") -> None:
        self.to(name)
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def type(self, name: str, text: str) -> None:
        self.to(name)
        self.page.keyboard.type(text)


def test_a_mailing_is_sent_with_the_keyboard_alone(look: Callable[..., Page]) -> None:
    page = look(scripts=True)
    keys = Keys(page)
    page.goto("/desk/sign-in")
    keys.type("Your email address", EMAIL)
    keys.type("Your password", PASSWORD)
    keys.press("Sign in")
    keys.press("Mailings")
    keys.to("Skip to the content")
    page.keyboard.press("Enter")
    keys.press("New mailing")
    keys.press("Write the alert")
    keys.press("Send me a test", "Space")
    number = page.locator("[name=shown]").input_value()
    keys.type(f"Type {number} to send it now", number)
    keys.press("Send it to all of them")
    expect(page.locator("main")).to_contain_text("being sent")
    assert db.session.scalars(select(Mailing.state)).one() is MailingState.SENDING


def test_a_campaigners_day_without_scripts(look: Callable[..., Page], tmp_path: Path) -> None:
    page = look(scripts=False)
    page.goto("/desk/sign-in")
    page.get_by_label("Your email address").fill(EMAIL)
    page.get_by_label("Your password").fill(PASSWORD)
    press(page, "Sign in")
    add_a_picture(page, tmp_path)
    path = open_a_page(page)
    bring_people(page, tmp_path)
    mail_them(page)
    tell_what_came_of_it(page, path)
    page.goto(f"{path}/signatures")
    expect(page.locator("main")).to_contain_text("Nobody has signed yet")
    find_somebody(page)
    page.goto("/desk/settings/organisation")
    page.locator("[name=en-name]").fill("Open Door Fund, renamed")
    press(page, "Save")
    page.goto("/")
    expect(page.locator("body")).to_contain_text("Open Door Fund, renamed")


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


def add_a_picture(page: Page, folder: Path) -> None:
    drawn = BytesIO()
    Image.new("RGB", (1200, 800), (160, 90, 20)).save(drawn, "JPEG")
    (folder / "gate.jpg").write_bytes(drawn.getvalue())
    page.goto("/desk/media")
    page.get_by_label("File", exact=True).set_input_files(folder / "gate.jpg")
    page.get_by_label("What it shows", exact=True).fill("A gate that stands open")
    page.get_by_label("Credit", exact=True).fill("Open Door Fund")
    press(page, "Add the picture")
    expect(page.get_by_alt_text("A gate that stands open")).to_be_visible()


def open_a_page(page: Page) -> str:
    page.goto("/desk/pages/new")
    page.get_by_label("Title").fill("Free Sokha Example")
    page.locator("[name=country]").select_option("KH")
    press(page, "Begin the page")
    path = page.url.partition("?")[0]
    page.goto(f"{path}/details")
    page.locator("[name=lead_picture]").first.check()
    page.locator("[name=last_day]").fill("2030-01-31")
    press(page, "Save the details")
    page.goto(f"{path}/targets")
    page.locator("[name=target]").first.check()
    press(page, "Save the choice")
    page.goto(f"{path}/words/en")
    press(page, "Text")
    page.locator("textarea[name$='-html']").last.fill("She held a **candle**.\n\nThey came at night.")
    for name, words in {
        "summary": "She stood in a square with a candle.",
        "lead_alt": "A gate",
        "lead_credit": "Open Door Fund",
        "petition_statement": "Release Sokha at once and without conditions.",
        "petition_addressees": "The Prime Minister",
        "letter_subject": "Please release Sokha",
        "letter_body": "I ask you to release Sokha at once. She did nothing but stand there.",
    }.items():
        page.locator(f"[name={name}]").fill(words)
    press(page, "Save the words")
    page.goto(f"{path}/preview")
    expect(page.frame_locator("iframe").first.locator("strong", has_text="candle")).to_be_visible()
    page.goto(path)
    press(page, "Open the page now")
    expect(page.get_by_text("The page is open to everybody.")).to_be_visible()
    return path


def bring_people(page: Page, folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    page.goto("/desk/people/imports")
    page.get_by_label("The file").set_input_files(folder / "people.csv")
    press(page, "Look at the file")
    page.locator("[name=evidence]").fill("paper forms, spring fair 2026")
    press(page, "Import these people")
    expect(page.locator("main")).to_contain_text("under way")
    transfer_id = db.session.scalars(select(Transfer.id)).one()
    running.run(transfer_id, 0, by=WORKER)
    page.reload()
    expect(page.locator("main")).to_contain_text("done")


def mail_them(page: Page) -> None:
    page.goto("/desk/mailings/new")
    chosen = page.locator("select[name=about]").first
    chosen.select_option(label=next(one for one in chosen.locator("option").all_inner_texts() if "Sokha" in one))
    press(page, "Write the alert")
    draft = page.url.partition("?")[0]
    page.goto(f"{draft}/words/en")
    page.locator("[name=subject]").fill("Sokha needs you today")
    press(page, "Save these words")
    page.goto(draft)
    press(page, "Send me a test")
    page.goto(draft)
    number = page.locator("[name=shown]").input_value()
    assert number == "3"
    page.locator("[name=typed]").fill(number)
    press(page, "Send it to all of them")
    expect(page.locator("main")).to_contain_text("3 of 3 are still to go")
    page.goto(draft)
    press(page, "Pause it")
    expect(page.locator("main")).to_contain_text("paused")


def tell_what_came_of_it(page: Page, path: str) -> None:
    page.goto(f"{path}/update")
    page.get_by_label("Won", exact=True).check()
    page.get_by_label("Headline").first.fill("Sokha is home")
    page.locator("textarea[name$='html']").first.fill("The court let her go.")
    press(page, "Publish the update")
    expect(page.locator("main")).to_contain_text(re.compile("published", re.IGNORECASE))


def find_somebody(page: Page) -> None:
    page.goto("/desk/people")
    page.get_by_label("Their email address").fill("ann@example.org")
    press(page, "Find")
    expect(page.locator("main")).to_contain_text("has confirmed the address")
