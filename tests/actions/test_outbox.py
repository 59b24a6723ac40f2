import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from actions import outbox
from actions.extensions import celery, redis

ROOT = Path(__file__).parents[2]
# In a process of its own, because the producers of this one know a broker that is there.
AWAY = """
import sys, time
from pathlib import Path
from actions import outbox
from actions.app import create_app
from tests.conftest import settings_for
create_app(settings_for("postgresql://nobody@127.0.0.1:1/nothing", "redis://127.0.0.1:1", Path(sys.argv[1])))
started = time.monotonic()
for number in range(50):
    outbox.nudge("workers.deliver.drain", number, lane="now")
outbox.flush()
print(time.monotonic() - started, outbox.breaker.is_open(), outbox.waiting())
"""
LANE = "bulk"


@pytest.fixture(autouse=True)
def closed_breaker() -> Iterator[None]:
    outbox.clear()
    outbox.breaker.closed_until = 0.0
    yield
    outbox.clear()
    outbox.breaker.closed_until = 0.0


@pytest.fixture
def messages(app: Flask) -> Iterator[Callable[[], list[dict[str, object]]]]:
    with celery.connection_for_read() as connection:
        client = connection.default_channel.client
        client.delete(LANE)
        yield lambda: [json.loads(message) for message in client.lrange(LANE, 0, -1)]
        client.delete(LANE)


@pytest.mark.requirement("P-10", "W-21")
def test_a_nudge_is_json_and_carries_a_name_and_ids(messages: Callable[[], list[dict[str, object]]]) -> None:
    outbox.nudge("workers.deliver.drain", "now", lane=LANE)
    outbox.nudge("workers.mailings.prepare", 42, lane=LANE)
    outbox.flush()
    sent = messages()
    assert {message["content-type"] for message in sent} == {"application/json"}
    named = {message["headers"]["task"]: message["headers"]["argsrepr"] for message in sent}  # type: ignore[index]  # Celery's protocol 2
    assert named == {"workers.deliver.drain": "('now',)", "workers.mailings.prepare": "(42,)"}


def test_the_same_nudge_twice_is_one(messages: Callable[[], list[dict[str, object]]]) -> None:
    for _ in range(3):
        outbox.nudge("workers.deliver.drain", "now", lane=LANE)
    outbox.flush()
    outbox.flush()
    assert len(messages()) == 1


def test_a_task_that_everybody_nudges_is_nudged_once_until_it_hears(
    messages: Callable[[], list[dict[str, object]]],
) -> None:
    (task,) = outbox.UNTIL_HEARD
    for _ in range(3):
        outbox.send(task, lane=LANE)
    assert len(messages()) == 1
    outbox.heard(task)
    outbox.send(task, lane=LANE)
    assert len(messages()) == 2


def test_a_nudge_that_got_lost_stands_in_for_no_other(app: Flask) -> None:
    (task,) = outbox.UNTIL_HEARD
    outbox.send(task, lane=LANE)
    (key,) = [key for key in redis.client.scan_iter() if task.encode() in key]
    assert 0 < redis.client.pttl(key) <= 1000


def test_what_is_cleared_never_leaves(messages: Callable[[], list[dict[str, object]]]) -> None:
    outbox.nudge("workers.deliver.drain", "now", lane=LANE)
    outbox.clear()
    outbox.flush()
    assert messages() == []


def test_a_broker_that_is_away_costs_little_and_breaks_nothing(tmp_path: Path) -> None:
    """The rows are committed already: the sweep finds what the nudge was about."""
    ran = subprocess.run(
        [sys.executable, "-c", AWAY, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    seconds, is_open, waiting = ran.stdout.splitlines()[-1].split()
    assert float(seconds) < 1.0
    assert (is_open, waiting) == ("True", "[]")
    assert "the sweep will find it" in ran.stdout + ran.stderr
