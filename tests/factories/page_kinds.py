"""Every kind of public page, and how a reader comes to it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, Response

from devserver.journeys import HISTORICAL, URGENT
from tests.factories.cast import BY_RULE, ENDED, RULED, Cast

Step = Callable[[Page], None]


@dataclass(frozen=True)
class PageKind:
    """`path` is an address, or the name of one that somebody of the cast has; `press` goes on from there."""

    path: str
    status: int = 200
    press: Step | None = None
    narrow: bool = False

    def open(self, page: Page, cast: Cast, language: str) -> Response:
        """The answer that the reader ends at."""
        path = re.sub(r"[?&]lang=[a-z]+", "", cast.paths.get(self.path, self.path))
        path += f"{'&' if '?' in path else '?'}lang={language}"
        answer = page.goto(path)
        if self.press is not None:
            with page.expect_navigation() as coming:
                self.press(page)
            answer = coming.value
        assert answer is not None
        return answer


def button(selector: str) -> Step:
    return lambda page: page.locator(selector).first.click()


def join_as(address: str) -> Step:
    def step(page: Page) -> None:
        page.locator("#join-email").fill(address)
        page.locator("form[action='/join'] button").click()

    return step


def sign_badly(page: Page) -> None:
    page.locator("#sign-first_name").fill("https://example.org")
    page.locator("#sign-email").fill("nobody")
    page.locator("form[action$='/sign'] button[type=submit]").click()


def write_to_several(page: Page) -> None:
    for field, typed in (("first_name", "Ida"), ("last_name", "Example"), ("email", "ida@people.test")):
        page.locator(f"#write-{field}").fill(typed)
    page.locator("button[value=email].button-large").click()


def print_letter(page: Page) -> None:
    page.locator("#write-first_name").fill("Ida")
    page.locator("#write-last_name").fill("Example")
    page.locator("#write-country").select_option("DE")
    post = page.locator("details.by-post")
    if post.get_attribute("open") is None:
        post.locator("summary").click()
    page.locator("button[value=post]").click()


def copy_letter(page: Page) -> None:
    page.locator("details.by-oneself summary").click()
    page.locator("button[value=own]").click()


KINDS: dict[str, PageKind] = {
    "home": PageKind("/", narrow=True),
    "action-historical": PageKind(f"/a/{HISTORICAL}", narrow=True),
    "action-urgent": PageKind(f"/a/{URGENT}", narrow=True),
    "action-ended": PageKind(f"/a/{ENDED}"),
    "sign": PageKind(f"/a/{URGENT}/sign", narrow=True),
    "sign-with-errors": PageKind(f"/a/{URGENT}/sign", status=422, press=sign_badly, narrow=True),
    "write": PageKind(f"/a/{URGENT}/write", narrow=True),
    "write-with-errors": PageKind(f"/a/{URGENT}/write", status=422, press=button("button[value=email]")),
    "write-from-where": PageKind(f"/a/{RULED}/write", narrow=True),
    "write-to-several": PageKind(f"/a/{RULED}/write?country=DE", narrow=True),
    "write-to-nobody": PageKind(f"/a/{RULED}/write?country=FR"),
    "letters-two-ways": PageKind(f"/a/{RULED}/write?country=DE", press=write_to_several),
    "write-in-german": PageKind(f"/a/{URGENT}/write?letter=de", press=button("button[name=add]"), narrow=True),
    "letter-to-copy": PageKind(f"/a/{URGENT}/write", press=copy_letter, narrow=True),
    "letter-to-print": PageKind(f"/a/{HISTORICAL}/write", press=print_letter),
    "join": PageKind("/join", narrow=True),
    "join-with-errors": PageKind("/join", status=422, press=button("form[action='/join'] button")),
    "check-your-email": PageKind("/join", press=join_as("look@people.test")),
    "joined": PageKind("/join/thanks"),
    "confirm": PageKind("confirm", narrow=True),
    "confirm-several": PageKind("confirm several", narrow=True),
    "several-on-their-way": PageKind("several on their way", narrow=True),
    "my-letters": PageKind("my letters", narrow=True),
    "write-by-rule": PageKind(f"/a/{BY_RULE}/write?country=FR", narrow=True),
    "thanks": PageKind("thanks", narrow=True),
    "act": PageKind("act", narrow=True),
    "acted": PageKind("acted"),
    "undo": PageKind("undo"),
    "unsubscribe": PageKind("unsubscribe"),
    "preferences": PageKind("preferences"),
    "my-data": PageKind("my data", narrow=True),
    "erase": PageKind("my data", press=button("form:has(input[value=erase]) button")),
    "did-they-answer": PageKind("asked", narrow=True),
    "they-answered": PageKind("answered", narrow=True),
    "ask-for-a-link": PageKind("/p"),
    "closed": PageKind(f"/a/{ENDED}/sign", status=410),
    "not-found": PageKind("/a/nothing-here", status=404),
    "forged-link": PageKind("/c/forged", status=404),
    "archive": PageKind("/archive"),
    "mailbox": PageKind("/mailbox"),
    "mail": PageKind("/mailbox", press=button(".mail-subject")),
}
