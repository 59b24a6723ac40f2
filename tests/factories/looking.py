"""What a test of pages looks at: a picture for the eye, and what axe says."""

import os
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from devserver.environment import ROOT

SCREENSHOTS = ROOT / "var/screenshots"
AXE: dict[str, Any] = {"resultTypes": ["violations"]}
# In the middle of a transition, as from light to dark, no colour is the one that a reader sees.
RUN = """async options => {
    document.getAnimations().filter(one => one instanceof CSSTransition).forEach(one => one.finish());
    return (await axe.run(document, options)).violations;
}"""
# Also those further down, which Chromium would fetch when a reader comes near.
ALL_PICTURES = """Promise.all([...document.images].map(image => {
    image.loading = 'eager';
    return image.decode().catch(() => null);
})).then(() => true)"""


def take_picture(page: Page, name: str) -> None:
    """Nobody looks at those of CI, where only the pictures on the page are asked for."""
    page.evaluate(ALL_PICTURES)
    if os.environ.get("CI") != "true":
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, animations="disabled")


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    """Half a second of each look went into loading axe once more."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(RUN, options)
    return [f"{one['id']}: {node['html'][:160]} {node['failureSummary']}" for one in found for node in one["nodes"]]
