"""Every journey with real clicks, on a phone's width and without scripts: nothing here may need them."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from devserver.journeys import HISTORICAL, URGENT
from devserver.visitor import Mail, wait_for_mail
from tests.factories.browsing import Window
from tests.factories.cast import send_alert
from tests.factories.stage import RunningStage

pytestmark = pytest.mark.browser


class Person:
    """Clicks like somebody who sees labels and buttons, and reads their mail."""

    def __init__(self, window: Window, stage: RunningStage) -> None:
        self.window = window
        self.page: Page = window.page
        self.stage = stage
        self.email = f"click-{secrets.token_hex(5)}@people.test"

    def fill(self, within: str, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"#{within}-{name}").fill(value)

    def choose(self, within: str, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"#{within}-{name}").select_option(value)

    def press(self, name: str, nth: int = 0) -> None:
        self.page.get_by_role("button", name=name, exact=True).nth(nth).click()

    def reads(self, words: str) -> None:
        expect(self.page.get_by_role("heading", name=words)).to_be_visible()

    def mail(self, way: str, words: str = "") -> Mail:
        def meant(mail: Mail) -> bool:
            return any(way in link for link in mail.links) and words in mail.text

        return wait_for_mail(self.stage.base_url, self.email, meant, f"mail with {way}")

    def follow(self, way: str) -> None:
        self.page.goto(self.mail(way).link(way))

    def join(self) -> None:
        self.page.goto("/join")
        self.fill("join", email=self.email, first_name="Ida")
        self.press("Join the list")
        self.reads("Check your email")
        self.follow("/c/")
        self.press("Yes, put me on the list")
        self.reads("You are on the list")

    def sign(self, slug: str) -> None:
        self.page.goto(f"/a/{slug}")
        self.fill("sign", first_name="Ida", last_name="Example", email=self.email, comment="Let her go home.")
        self.choose("sign", country="DE")
        self.press("Sign the petition")
        self.reads("Check your email")
        self.follow("/c/")
        self.press("Yes, count my signature")
        self.reads("Thank you. Your name counts.")


@pytest.fixture
def person(open_window: Callable[..., Window], stage: RunningStage) -> Person:
    return Person(open_window(scripts=False), stage)


def test_a_reader_joins_the_list(person: Person) -> None:
    person.join()
    assert person.mail("/u/")
    assert person.window.strangers() == []


def test_a_reader_signs_and_then_writes_without_a_second_mail(person: Person) -> None:
    person.sign(URGENT)
    body = person.page.locator("#write-body")
    body.fill(body.input_value() + "\n\nI write as a midwife.")
    person.press("Send my letter")
    person.reads("Was this you?")
    expect(person.page.get_by_text("I write as a midwife.").first).to_be_visible()
    person.press("Send my letter")
    person.reads("Your letter is on its way")
    assert "I write as a midwife." in person.mail("/", "I write as a midwife.").text
    assert person.window.strangers() == []


def test_a_reader_prints_a_letter_and_says_that_it_was_posted(person: Person, tmp_path: Path) -> None:
    person.page.goto(f"/a/{HISTORICAL}/write")
    person.fill("write", first_name="Ida", last_name="Example")
    person.choose("write", country="US")
    post = person.page.locator("details.by-post")
    if post.get_attribute("open") is None:
        post.locator("summary").click()
    person.fill("write", street="12 Elm Street", postal_code="05401", city="Burlington", region="VT")
    person.press("Make my letter to print")
    person.reads("Your letter is ready to print")
    with person.page.expect_download() as coming:
        person.press("Download the letter as PDF")
    coming.value.save_as(tmp_path / "letter.pdf")
    assert (tmp_path / "letter.pdf").read_bytes().startswith(b"%PDF")
    person.press("I posted it")
    person.reads("Your letter is counted")


def test_a_subscriber_acts_from_an_alert_in_one_press_and_takes_it_back(person: Person) -> None:
    person.join()
    send_alert(person.stage)
    person.follow("/t/")
    expect(person.page.get_by_text("I***").first).to_be_visible()
    if person.page.locator("#sign-last_name").count():
        person.fill("sign", last_name="Example")
    if person.page.locator("#sign-country").count():
        person.choose("sign", country="FR")
    person.press("Sign the petition")
    expect(person.page.get_by_text("Your signature counts").first).to_be_visible()
    person.follow("/undo/")
    person.press("Take my signature back")
    person.reads("It is taken back")


def test_a_subscriber_leaves_by_the_button_and_not_by_opening_the_link(person: Person) -> None:
    person.join()
    person.follow("/u/")
    person.reads("Leave this list?")
    person.follow("/p/")
    assert person.page.locator("input[name=list]").first.is_checked()
    person.follow("/u/")
    person.press("Leave this list")
    person.reads("Done. You will get no more of it.")
    person.follow("/p/")
    assert not person.page.locator("input[name=list]").first.is_checked()


def test_a_signer_sees_what_they_did_and_has_it_erased(person: Person) -> None:
    person.sign(HISTORICAL)
    person.page.goto("/p")
    person.page.locator("input[name=email]").fill(person.email)
    person.page.locator("main button[type=submit]").click()
    person.reads("Check your email")
    person.follow("/p/")
    person.reads("What you did")
    with person.page.expect_download() as coming:
        person.page.get_by_role("link", name="Download as JSON").click()
    assert '"Ida"' in Path(coming.value.path()).read_text(encoding="utf-8")
    person.press("Erase everything about me")
    person.page.locator("main button[type=submit]").first.click()
    expect(person.page.locator("main")).to_contain_text("erased")
