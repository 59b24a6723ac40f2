"""Chromium as a reader has it, and a window that remembers what was asked for and what went wrong in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.factories.machine import CHROMIUM, require

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 15_000


@contextmanager
def chromium() -> Iterator[Browser]:
    """Skips the test where there is none; with CI=true that fails."""
    require(CHROMIUM)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Window:
    """One person's browser: a context of its own, with one page."""

    def __init__(self, browser: Browser, base_url: str, *, width: int = 360, scripts: bool = True) -> None:
        self.context: BrowserContext = browser.new_context(
            base_url=base_url, viewport={"width": width, "height": 800}, java_script_enabled=scripts, locale="en-US"
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self._host = urlsplit(base_url).netloc
        self._elsewhere: list[str] = []
        self.context.on("request", lambda request: self._note(request.url))
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def strangers(self) -> list[str]:
        """What was asked of another host, and cookies: none of either is ours to ask."""
        return self._elsewhere + [f"cookie {cookie.get('name')}" for cookie in self.context.cookies()]

    def close(self) -> None:
        self.context.close()

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and parts.netloc != self._host:
            self._elsewhere.append(url)

    def _listen(self, message: ConsoleMessage) -> None:
        # Chromium reports the status of a page that is meant to have it, such as 404 and 422.
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.complaints.append(message.text)
