"""The one door to the workers: a nudge says "look now" and carries ids, never what to do.

A nudge leaves only after the commit. One that is lost costs seconds: the sweep finds what it was about.
"""

import time
from contextvars import ContextVar
from typing import Any

import structlog
from kombu.exceptions import OperationalError

from actions.extensions import REDIS_PATIENCE, celery

log = structlog.get_logger()

# What the producer tells Celery: never wait for a broker that is away.
PRODUCER: dict[str, Any] = {
    "broker_connection_timeout": REDIS_PATIENCE,
    "broker_connection_retry": False,
    "broker_transport_options": {
        "socket_timeout": REDIS_PATIENCE,
        "socket_connect_timeout": REDIS_PATIENCE,
        "retry_on_timeout": False,
        "max_retries": 0,
    },
    "task_publish_retry": False,
    "task_ignore_result": True,
    "task_serializer": "json",
    "accept_content": ["json"],
}
# After one failure the next nudges are left to the sweep, so that a page does not pay the time-out each time.
REST_AFTER_FAILURE = 2.0

Nudge = tuple[str, tuple[int | str, ...], str]
_waiting: ContextVar[dict[Nudge, None] | None] = ContextVar("waiting", default=None)


class _Breaker:
    """Remembers, per process, that the broker was away a moment ago."""

    def __init__(self) -> None:
        self.closed_until = 0.0

    def is_open(self) -> bool:
        return time.monotonic() < self.closed_until

    def trip(self) -> None:
        self.closed_until = time.monotonic() + REST_AFTER_FAILURE


breaker = _Breaker()


def nudge(task: str, *ids: int | str, lane: str) -> None:
    """Remember to wake `task` on the queue `lane` after the commit; the same nudge twice is one."""
    waiting = _waiting.get()
    if waiting is None:
        waiting = {}
        _waiting.set(waiting)
    waiting[(task, ids, lane)] = None


def waiting() -> list[Nudge]:
    return list(_waiting.get() or {})


def clear() -> None:
    _waiting.set(None)


def flush() -> None:
    """Send what waits. Never raises for a broker that is away: the rows are committed already."""
    nudges = waiting()
    clear()
    for task, ids, lane in nudges:
        send(task, *ids, lane=lane)


def send(task: str, *ids: int | str, lane: str) -> None:
    if breaker.is_open():
        return
    try:
        celery.send_task(task, args=ids, queue=lane, ignore_result=True, retry=False)
    except (OperationalError, OSError) as error:
        breaker.trip()
        log.warning("the broker is away; the sweep will find it", task=task, error=type(error).__name__)
