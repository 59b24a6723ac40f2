"""What a campaigner does on the day the news breaks, with nothing but what the screens say: publish a page, bring a
thousand people, alert them, one of them acts, post an update and mail it to those who acted. Every screen on the way is
right for axe and leaves a picture.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from devserver.visitor import wait_for_mail
from tests.factories.browsing import Window
from tests.factories.looking import AXE, take_picture, violations
from tests.factories.stage import RunningStage

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

PEOPLE = 1000
# No other test on this stage begins a page by this name.
TITLE = "Free Sokha and her friends"
# Among the last to be mailed: the mailbox shows the newest mails.
READER = "reader-999@people.test"
SLOWLY = 120_000


class Campaigner:
    """Fills in what has a label and presses what has a name; looks at each screen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen = 0

    def look(self) -> None:
        self.seen += 1
        take_picture(self.page, f"story-{self.seen:02}")
        assert violations(self.page, AXE) == [], self.page.url

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_load_state()
        self.look()

    def follow(self, name: str, nth: int = 0) -> None:
        self.page.get_by_role("link", name=name).nth(nth).click()
        self.page.wait_for_load_state()
        self.look()

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").first.fill(value)

    def reads(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible()

    def waits_for(self, words: str | re.Pattern[str]) -> None:
        """Looks again until it is there."""
        for _ in range(SLOWLY // 1000):
            if self.page.get_by_text(words).count():
                return
            self.page.wait_for_timeout(1000)
            self.page.reload()
        raise AssertionError(f"never read {words} on {self.page.url}:\n{self.page.locator('main').inner_text()}")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """As a spreadsheet saves it."""
    file = tmp_path / "people.csv"
    rows = [f"reader-{number}@people.test;Ann {number};Example;DE;2026-01-05" for number in range(PEOPLE)]
    file.write_text("\n".join(["E-mail;First name;Surname;Country;Consent date", *rows]), encoding="utf-8")
    return file


@pytest.fixture
def alone(stage: RunningStage) -> Iterator[None]:
    """A thousand people more on the list would crowd the mailbox of the tests that come after."""
    yield
    assert stage.rows(
        "UPDATE subscriptions SET state = 'left', left_at = now() WHERE supporter_id IN"
        " (SELECT id FROM supporters WHERE source LIKE 'import: %') RETURNING id"
    )


@pytest.mark.usefixtures("alone")
def test_from_the_link_to_an_update_for_those_who_acted(
    stage: RunningStage, open_window: Callable[..., Window], people: Path
) -> None:
    window = open_window(width=1280)
    me = Campaigner(window.page)
    me.page.goto(stage.command("staff", "open", "story@open-door.test").strip().splitlines()[-1])
    me.press("Open the desk")
    publish(me)
    bring_people(me, people)
    alert(me)
    act(stage, open_window)
    tell_those_who_acted(me)
    mail = wait_for_mail(stage.base_url, READER, lambda mail: "court let her go" in mail.subject, "the update")
    assert "Sokha" in mail.text
    assert window.complaints == []


def publish(me: Campaigner) -> None:
    me.page.goto("/desk/pages/new")
    me.look()
    me.fill(title=TITLE)
    me.page.locator("[name=country]").select_option("KH")
    me.press("Begin the page")
    page = me.page.url.split("?")[0]
    me.follow("Fill it in")
    me.page.locator("[name=lead_picture]").first.check()
    me.fill(last_day="2030-01-31")
    me.press("Save the details")
    me.page.goto(page)
    me.follow("Choose")
    me.page.locator("[name=target]").first.check()
    me.press("Save the choice")
    me.page.goto(page)
    me.follow("Write it")
    me.fill(
        summary="She stood in a square with a candle. She was jailed for it.",
        lead_alt="People carry candles across a square.",
        lead_credit="Made up for this demonstration",
        petition_statement="Release Sokha at once and without conditions.",
        petition_addressees="The Prime Minister",
        letter_subject="Please release Sokha",
        letter_body="I ask you to release Sokha at once. She did nothing but stand in a square with a candle.",
    )
    me.press("Save the words")
    me.page.goto(page)
    me.press("Open the page now")
    me.reads("The page is open to everybody.")


def bring_people(me: Campaigner, people: Path) -> None:
    me.page.goto("/desk/people")
    me.look()
    me.follow("Import people")
    me.page.locator("[name=file]").set_input_files(people)
    me.press("Look at the file")
    me.fill(evidence="paper forms, spring fair 2026")
    me.press("Import these people")
    me.waits_for("Import another file")
    me.reads("1,000")
    me.look()


def alert(me: Campaigner) -> None:
    me.page.goto("/desk/mailings/new")
    me.look()
    chosen = me.page.locator("select[name=about]").first
    chosen.select_option(label=next(one for one in chosen.locator("option").all_inner_texts() if TITLE in one))
    me.press("Write the alert")
    send(me)


def send(me: Campaigner) -> None:
    """From a draft to the last mail: a test, what stands in the way, the number typed."""
    draft = me.page.url.split("?")[0]
    me.press("Send me a test")
    me.page.goto(draft)
    number = me.page.locator("[name=shown]").input_value()
    me.fill(typed=number)
    me.press("Send it to all of them")
    me.waits_for("It is over")
    me.look()


def act(stage: RunningStage, open_window: Callable[..., Window]) -> None:
    """One of the thousand, on a phone."""
    mail = wait_for_mail(stage.base_url, READER, lambda mail: any("/t/" in link for link in mail.links), "the alert")
    phone = open_window(width=360, scripts=False).page
    phone.goto(mail.link("/t/"))
    phone.get_by_label(re.compile("what becomes of")).first.check()
    phone.get_by_role("button", name=re.compile("sign", re.IGNORECASE)).first.click()
    expect(phone.get_by_text("Your signature counts").first).to_be_visible()


def tell_those_who_acted(me: Campaigner) -> None:
    me.page.goto("/desk/pages")
    me.look()
    me.follow(TITLE)
    me.follow("Write an update")
    me.page.get_by_label("Won", exact=True).check()
    me.page.get_by_label("Headline").first.fill("The court let her go: Sokha is home")
    me.page.get_by_role("textbox", name="Text", exact=True).first.fill("Sokha is home. You wrote, and they let her go.")
    me.press("Publish the update")
    me.page.locator("main a[href^='/desk/mailings/']").first.click()
    me.page.wait_for_load_state()
    send(me)
