"""A nudge as the worker that took it holds it."""

import os
from collections.abc import Callable
from typing import Any

import structlog
from celery.worker import state
from celery.worker.request import Request

log = structlog.get_logger()


class Nudge(Request):
    """While a worker holds an unanswered nudge it asks for no other (prefetch 1). If the broker is away at the moment
    of the answer, Celery only says so in its log: the worker lives on and hears nothing ever again. So it ends, its
    service manager starts it anew, and the sweep has missed nothing.
    """

    def __init__(self, message: Any, **options: Any) -> None:  # noqa: ANN401  # Celery's own
        super().__init__(message, **options)
        # Celery answers later, from its loop, and by these two.
        message.ack = self._or_end(message.ack)
        message.reject = self._or_end(message.reject)

    def _or_end(self, answer: Callable[..., None]) -> Callable[..., None]:
        def answered(*args: object, **kwargs: object) -> None:
            try:
                answer(*args, **kwargs)
            except Exception:
                log.critical("the broker took no answer; this worker ends, to be started anew", task=self.name)
                state.should_stop = os.EX_TEMPFAIL  # type: ignore[assignment]  # published as None alone
                raise

        return answered
