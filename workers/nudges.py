"""A nudge as the worker that took it holds it."""

import os
from typing import Any

import structlog
from celery.worker import state
from celery.worker.request import Request
from kombu.asynchronous import get_event_loop

# Celery gives the answer a moment later, from its loop.
ANSWERED_WITHIN = 1.0
log = structlog.get_logger()


class Nudge(Request):
    """While a worker holds an unanswered nudge it asks for no other (prefetch 1). If the broker is away at the moment
    of the answer, Celery only says so in its log: the worker lives on and hears nothing ever again. So it ends, its
    service manager starts it anew, and the sweep has missed nothing.
    """

    def acknowledge(self) -> None:
        super().acknowledge()
        self._look_later()

    def reject(self, requeue: bool = False) -> None:  # noqa: FBT001, FBT002  # Celery's own signature
        super().reject(requeue)
        self._look_later()

    def _look_later(self) -> None:
        loop = get_event_loop()
        if loop is None:
            self._end_if_unanswered()
        else:
            loop.call_later(ANSWERED_WITHIN, self._end_if_unanswered)

    def _end_if_unanswered(self) -> None:
        message: Any = self.message
        if not message.acknowledged:
            log.error("the broker took no answer; this worker ends, to be started anew", task=self.name)
            state.should_stop = os.EX_TEMPFAIL  # type: ignore[assignment]  # published as None alone
