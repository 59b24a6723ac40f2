from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.factories.browsing import Window, chromium
from tests.factories.cast import Cast, gather_cast
from tests.factories.live import live
from tests.factories.stage import RunningStage


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For a module and no longer: while it lives, an event loop runs in this thread."""
    with chromium() as started:
        yield started


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Of the test's own app, on the test's own rows."""
    with live(app) as found:
        yield found


@pytest.fixture(scope="session")
def cast(stage: RunningStage) -> Cast:
    return gather_cast(stage)


@pytest.fixture
def open_window(browser: Browser, stage: RunningStage) -> Iterator[Callable[..., Window]]:
    """A new person's window; all of them are closed afterwards."""
    windows: list[Window] = []

    def opened(*, width: int = 360, scripts: bool = True) -> Window:
        windows.append(Window(browser, stage.base_url, width=width, scripts=scripts))
        return windows[-1]

    yield opened
    for window in windows:
        window.close()
