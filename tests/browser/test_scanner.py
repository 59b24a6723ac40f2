"""A scanner that opens every link of every mail, and runs what scripts there are for ten seconds, changes nothing."""

import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from tests.factories.browsing import Window
from tests.factories.cast import Cast
from tests.factories.stage import RunningStage

pytestmark = [pytest.mark.browser, pytest.mark.thorough]

RUNS_SCRIPTS_FOR = 10.0
SETTLES_WITHIN = 60.0
COUNTED_BY_STATE = ("signatures", "letters", "signups", "subscriptions", "supporters", "confirmation_items")
COUNTED = ("consents", "suppressions", "deliveries")
# A mail that is asked for again within a quarter of an hour waits for its end.
WAITING = "SELECT count(*) FROM deliveries WHERE state IN ('queued', 'claimed', 'transmitting') AND due_at <= now()"


def state_of(stage: RunningStage) -> dict[str, list[tuple[object, ...]]]:
    """How many rows are in which state."""
    states = {
        table: stage.rows(f"SELECT state::text, count(*) FROM {table} GROUP BY 1 ORDER BY 1")  # noqa: S608  # our names
        for table in COUNTED_BY_STATE
    }
    return states | {table: stage.rows(f"SELECT count(*) FROM {table}") for table in COUNTED}  # noqa: S608  # as above


def settled_state(stage: RunningStage) -> dict[str, list[tuple[object, ...]]]:
    """Once the mail that is on its way has gone, and nothing has changed for as long as the periodic jobs pause."""
    deadline = time.monotonic() + SETTLES_WITHIN
    before, since = state_of(stage), time.monotonic()
    while time.monotonic() < deadline:
        time.sleep(1)
        now = state_of(stage)
        if now != before or stage.rows(WAITING) != [(0,)]:
            before, since = now, time.monotonic()
        elif time.monotonic() - since > RUNS_SCRIPTS_FOR + 2:
            return before
    raise AssertionError("the stage does not come to rest")


def links_in(cast: Cast, base_url: str) -> Iterator[str]:
    """Of the bodies and of the headers."""
    found: dict[str, None] = {}
    for mail in cast.mails(base_url):
        found |= dict.fromkeys(mail.links)
        found |= dict.fromkeys(re.findall(r"<(https?:[^>]+)>", " ".join(mail.headers.get("List-Unsubscribe", ()))))
    return (link for link in found if urlsplit(link).netloc == urlsplit(base_url).netloc)


def fetch(link: str, method: str) -> int:
    request = urllib.request.Request(link, method=method)  # noqa: S310  # loopback
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  # as above
            answer.read()
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


@pytest.mark.requirement("C-05")
def test_a_scanner_changes_nothing(stage: RunningStage, cast: Cast, open_window: Callable[..., Window]) -> None:
    links = list(links_in(cast, stage.base_url))
    ways = {urlsplit(link).path.strip("/").split("/")[0] for link in links}
    assert {"c", "t", "u", "p", "undo", "a"} <= ways
    before = settled_state(stage)

    for link in links:
        for method in ("HEAD", "GET"):
            assert fetch(link, method) in {200, 303, 410}, link
    window = open_window(width=1280)
    for link in links:
        window.context.new_page().goto(link, wait_until="commit")
    window.page.wait_for_timeout(RUNS_SCRIPTS_FOR * 1000)

    assert state_of(stage) == before
    assert window.strangers() == []
