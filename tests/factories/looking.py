"""What a test of pages looks at: a picture for the eye, and what axe says."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from devserver.environment import ROOT

SCREENSHOTS = ROOT / "var/screenshots"
AXE: dict[str, Any] = {"resultTypes": ["violations"]}
# Also those further down, which Chromium would fetch when a reader comes near.
ALL_PICTURES = """Promise.all([...document.images].map(image => {
    image.loading = 'eager';
    return image.decode().catch(() => null);
})).then(() => true)"""


def take_picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.evaluate(ALL_PICTURES)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True, animations="disabled")


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:160]} {node['failureSummary']}" for one in found for node in one["nodes"]]
