"""The one door to the workers: a nudge says "look now" and carries ids, never what to do.

A nudge leaves only after the commit. One that is lost costs seconds: the sweep finds what it was about.
"""

import time
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

import structlog
from kombu.exceptions import OperationalError
from redis import RedisError

from actions.extensions import REDIS_PATIENCE, celery, redis

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

# Everybody who fills in a form nudges these. One nudge is enough until the worker begins, which says that it `heard`.
UNTIL_HEARD = frozenset({"workers.confirmations.answer"})
# After so long a nudge that was lost on its way no longer stands in for the next ones.
LONGEST_UNHEARD = timedelta(seconds=1)

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
    if breaker.is_open() or (task in UNTIL_HEARD and _is_on_its_way(task)):
        return
    try:
        celery.send_task(task, args=ids, queue=lane, ignore_result=True, retry=False)
    except (OperationalError, OSError) as error:
        breaker.trip()
        log.warning("the broker is away; the sweep will find it", task=task, error=type(error).__name__)


def heard(task: str) -> None:
    """The worker begins, and is about to look: what is committed from here on needs a nudge of its own."""
    try:
        redis.client.delete(_unheard(task))
    except RedisError as error:
        log.warning("Redis is away; the next nudge waits a moment", task=task, error=type(error).__name__)


def _is_on_its_way(task: str) -> bool:
    """Whether a nudge that was sent has not been heard yet; if not, the one that is sent now has not."""
    try:
        return not redis.client.set(_unheard(task), 1, nx=True, px=LONGEST_UNHEARD)
    except RedisError:
        return False


def _unheard(task: str) -> str:
    return f"unheard:{task}"
