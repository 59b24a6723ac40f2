"""Every kind of page in every language, on a phone and on a wide screen: right for axe, the eye, and strangers."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from actions.assets import find_assets
from email_templates.language import LANGUAGES
from tests.factories.browsing import Window
from tests.factories.cast import Cast
from tests.factories.looking import AXE, take_picture, violations
from tests.factories.page_kinds import KINDS
from tests.factories.stage import RunningStage

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

WIDE, PHONE, SMALLEST = 1280, 360, 320
FONT_OF = {"km": "Khmer", "ar": "Naskh"}
COLOURS: dict[str, Any] = AXE | {"runOnly": ["color-contrast"]}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LOADED = "[...document.fonts].filter(face => face.status === 'loaded').map(face => face.family)"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.requirement("A-10")
def test_every_page_is_right_in_every_language_and_width(
    stage: RunningStage, cast: Cast, open_window: Callable[..., Window], kind: str, language: str
) -> None:
    window = open_window(width=WIDE)
    page = window.page
    assert KINDS[kind].open(page, cast, language).status == KINDS[kind].status
    assert is_in(page, language)
    for width in (WIDE, PHONE, SMALLEST) if KINDS[kind].narrow else (WIDE, PHONE):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(OVERFLOW) <= 0, f"{width} px: {too_wide(page)}"
        if width != SMALLEST:
            take_picture(page, f"{kind}-{language}-{width}")
            assert violations(page, AXE) == []
    if language == "en":
        page.emulate_media(color_scheme="dark")
        take_picture(page, f"{kind}-dark")
        assert violations(page, COLOURS) == []
    assert window.strangers() == []
    assert window.complaints == []


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.narrow])
def test_a_page_looks_the_same_without_scripts(
    stage: RunningStage, cast: Cast, open_window: Callable[..., Window], kind: str
) -> None:
    shown = []
    for scripts in (True, False):
        window = open_window(width=PHONE, scripts=scripts)
        assert KINDS[kind].open(window.page, cast, "en").status == KINDS[kind].status
        shown.append(window.page.locator("main").inner_text())
        assert window.strangers() == []
    assert shown[0] == shown[1]


def is_in(page: Page, language: str) -> bool:
    root = page.locator("html")
    said = (root.get_attribute("lang"), root.get_attribute("dir"))
    assert said == (language, LANGUAGES[language].direction)
    if language in FONT_OF and find_assets().built:
        page.evaluate("document.fonts.ready.then(() => true)")
        assert any(FONT_OF[language] in family for family in page.evaluate(LOADED))
    return True


def too_wide(page: Page) -> list[str]:
    """What sticks out, for the one who mends it."""
    sticking: list[str] = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1 "
        "|| one.getBoundingClientRect().left < -1).slice(0, 5).map(one => one.outerHTML.slice(0, 120))"
    )
    return sticking
