"""Every screen of the desk in every state, on a wide screen and on a phone: right for axe, the eye and the keyboard."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from actions.staff.invitations import invitation_url
from actions.staff.roles import StaffRole
from tests.factories.browsing import Window
from tests.factories.desk_rows import Rows, Screen, empty_screens, full_screens
from tests.factories.looking import AXE, take_picture, violations
from tests.factories.staff import PASSWORD, make_staff

pytestmark = pytest.mark.browser

WIDE, PHONE = 1280, 360
# No screens of their own: what is taken out as a file, a picture, and what stands in a frame and is looked at with it.
NO_SCREENS = {
    "/desk/letters/bundles/<int:bundle_id>/receipt.jpg",
    "/desk/mailings/<int:mailing_id>/results.csv",
    "/desk/mailings/<int:mailing_id>/preview/<language>/frame",
    "/desk/pages/<int:page_id>/preview/frame",
    "/desk/targets/export.csv",
}
# Only between a password and a code: tests/actions/staff/test_views.py goes through each.
ON_THE_WAY_IN = {
    "/desk/code",
    "/desk/new-password/<token>",
    "/desk/no-code",
    "/desk/open/<token>",
    "/desk/recovery",
    "/desk/recovery-codes",
    "/desk/which-factor",
}
BEFORE_THE_DOOR = {"/desk/forgotten", "/desk/join/<token>", "/desk/sign-in"}
USED_MOST = {"/desk", "/desk/pages", "/desk/mailings", "/desk/people", "/desk/settings"}
COLOURS: dict[str, Any] = AXE | {"runOnly": ["color-contrast"]}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOOK = """() => {
    const all = selector => [...document.querySelectorAll(selector)];
    const said = one => one.outerHTML.slice(0, 140);
    const named = one => one.labels?.length || one.ariaLabel || one.getAttribute('aria-labelledby');
    const sticks = box => box.width && (box.right > innerWidth + 1 || box.left < -1);
    const may_stick = '.desk-table, .skip-link, iframe, pre';
    return {
        title: document.title.replace('– Clarion', '').trim(),
        headings: all('h1').map(one => one.textContent.trim()),
        first: all('a[href], button, input:not([type=hidden])')[0]?.className,
        nameless: all('input:not([type=hidden]), select, textarea').filter(one => one.checkVisibility() && !named(one))
            .map(said),
        sticking: all('body *').filter(one => sticks(one.getBoundingClientRect()) && !one.closest(may_stick))
            .slice(0, 3).map(said),
        ahead: all('[tabindex]').filter(one => one.tabIndex > 0).map(said),
    };
}"""


@pytest.fixture
def rows(app: Flask, address: str) -> Rows:
    return Rows(make_staff(StaffRole.ADMIN, name="Rana al-Hashimi von Waldburg-Zeil"))


@pytest.fixture
def window(browser: Browser, rows: Rows, address: str) -> Iterator[Window]:
    """Signed in, at an empty desk."""
    window = Window(browser, address, width=WIDE)
    window.page.emulate_media(reduced_motion="reduce")
    window.page.goto(invitation_url(rows.member).removeprefix(address))
    window.page.locator("[name=password]").fill(PASSWORD)
    window.page.locator("[name=again]").fill(PASSWORD)
    window.page.locator("main button[type=submit]").click()
    window.page.wait_for_url("**/desk")
    yield window
    window.close()


def test_every_screen_of_the_desk_is_among_those_that_are_looked_at(app: Flask, rows: Rows) -> None:
    """Whoever adds a screen adds a sample of it to tests/factories/desk_rows.py."""
    there = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/desk") and "GET" in (rule.methods or ())
    }
    assert {screen.rule for screen in full_screens(rows)} == there - NO_SCREENS - ON_THE_WAY_IN


class Walk:
    """Goes through screens and notes what is wrong with each."""

    def __init__(self, window: Window) -> None:
        self.page: Page = window.page
        self.window = window
        self.wrong: list[str] = []
        self.titles: dict[str, str] = {}
        self.said: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))

    def through(self, screens: Sequence[Screen], *, thorough: bool) -> None:
        for screen in screens:
            self.look_at(screen, thorough=thorough)

    def look_at(self, screen: Screen, *, thorough: bool) -> None:
        answer = self.page.goto(screen.path)
        where = f"{screen.rule} ({screen.state})"
        assert answer is not None
        if answer.status != 200 or self.page.url.partition("?")[0] != answer.url.partition("?")[0]:
            self.note(where, [f"answered {answer.status} at {self.page.url}"])
        for width in (WIDE, PHONE):
            self.page.set_viewport_size({"width": width, "height": 800})
            self.note(f"{where} {width}", self.seen())
            if thorough:
                name = f"desk-{screen.rule}-{screen.state}-{width}".replace("/", "_").replace("<", "").replace(">", "")
                take_picture(self.page, name)
            if thorough or width == PHONE:
                self.note(f"{where} {width}", violations(self.page, AXE))
        # With nothing unsaved its screen leads to Today.
        rule = "/desk" if screen.path == "/desk/unsaved" else screen.rule
        before = self.titles.setdefault(self.page.title(), rule)
        self.note(where, [f"has the title of {before}"] if before != rule else [])
        if thorough:
            self.page.emulate_media(color_scheme="dark")
            self.note(f"{where} dark", violations(self.page, COLOURS))
            self.page.emulate_media(color_scheme="light")
            self.turn_round(where)
        self.note(where, self.said + self.window.complaints)
        self.said.clear()
        self.window.complaints.clear()

    def seen(self) -> list[str]:
        look: dict[str, Any] = self.page.evaluate(LOOK)
        wrong = [f"{name}: {look[name]}" for name in ("nameless", "sticking", "ahead") if look[name]]
        if self.page.evaluate(OVERFLOW) > 0:
            wrong.append("is wider than the screen")
        if len(look["headings"]) != 1 or not look["headings"][0]:
            wrong.append(f"has the headings {look['headings']}")
        if self.page.locator(".desk-side").count() and look["first"] != "skip-link":
            wrong.append("has no way past the navigation")
        return wrong if look["title"] else [*wrong, "has no title"]

    def turn_round(self, where: str) -> None:
        """As somebody would see it whose language is read from the right."""
        self.page.evaluate("document.documentElement.dir = 'rtl'")
        for width in (PHONE, WIDE):
            self.page.set_viewport_size({"width": width, "height": 800})
            self.note(f"{where} from the right {width}", [one for one in self.seen() if "nameless" not in one])
        side = self.page.locator(".desk-side")
        if side.count():
            box = side.bounding_box()
            assert box is not None
            self.note(where, [] if box["x"] > WIDE / 2 else ["the navigation stays at the left"])

    def note(self, where: str, wrong: Sequence[str]) -> None:
        self.wrong += [f"{where}: {one}" for one in wrong]


@pytest.mark.thorough
@pytest.mark.requirement("A-10")
def test_every_screen_is_right_at_every_width_in_the_dark_and_from_the_right(window: Window, rows: Rows) -> None:
    walk = Walk(window)
    walk.through(empty_screens(rows), thorough=True)
    inside, outside = split(full_screens(rows))
    walk.through(inside, thorough=True)
    window.context.clear_cookies()
    walk.through(outside, thorough=True)
    assert not walk.wrong, "\n".join(walk.wrong)


def test_the_screens_that_are_used_most_are_right(window: Window, rows: Rows) -> None:
    walk = Walk(window)
    walk.through([screen for screen in split(full_screens(rows))[0] if screen.rule in USED_MOST], thorough=False)
    assert not walk.wrong, "\n".join(walk.wrong)


def split(screens: Sequence[Screen]) -> tuple[list[Screen], list[Screen]]:
    """(of those who are signed in, of nobody yet)."""
    inside = [screen for screen in screens if screen.rule not in BEFORE_THE_DOOR]
    return inside, [screen for screen in screens if screen.rule in BEFORE_THE_DOOR]
