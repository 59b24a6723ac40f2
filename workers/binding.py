"""Celery bound to the Flask app: settings, the table of tasks, an app context around each, a stop that children see."""

import gc
from functools import cache
from multiprocessing.sharedctypes import RawValue
from typing import Any

from celery import Celery, Task
from celery.signals import worker_process_init, worker_shutting_down
from flask import Flask, has_app_context
from sqlalchemy import event

from actions.extensions import celery, db
from actions.foundation import create_foundation
from workers.schedule import TASK_MODULES, paced
from workers.sending.message import self_test
from workers.settings import CELERY

# SIGTERM reaches only the parent; this memory is shared with the children that it forks later.
_stopping = RawValue("b", 0)


@cache
def flask_app() -> Flask:
    """One for each process tree; a forked child takes connections of its own."""
    return create_foundation()


class AppTask(Task):  # type: ignore[type-arg]  # its parameters are each task's own
    """Runs inside the app's context and leaves no session behind; a caller that has a context keeps its own."""

    abstract = True
    Request = "workers.nudges:Nudge"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # as Celery's
        if has_app_context():
            return super().__call__(*args, **kwargs)
        with flask_app().app_context():
            try:
                return super().__call__(*args, **kwargs)
            finally:
                db.session.remove()


def bind() -> Celery:
    """The Celery app of `celery -A celery_app`. Raises UnsafeMessage where a known attack would get into a header."""
    self_test()
    chosen = flask_app().config["SETTINGS"]
    # Again, because the Flask app has just set it up as a page wants it: never waiting.
    celery.conf.update(CELERY, broker_url=chosen.broker, beat_schedule=paced(chosen.sweep_seconds))
    return celery


def is_stopping() -> bool:
    """Whether this worker was told to end: claim nothing more, finish what is on the wire (O-10)."""
    return bool(_stopping.value)


@worker_shutting_down.connect
def note_shutdown(**_: object) -> None:
    _stopping.value = 1


@worker_process_init.connect
def take_own_connections(**_: object) -> None:
    """A connection must not be shared with the parent: both would speak on it."""
    # What the fork brought along stays for ever; looking it through again and again would be a thirtieth of the work.
    gc.freeze()
    with flask_app().app_context():
        db.engine.dispose(close=False)
        event.listen(db.engine, "connect", _let_go_when_silent)


def _let_go_when_silent(connection: Any, _record: object) -> None:  # noqa: ANN401  # the driver's own
    """A process that is stopped in the middle of a transaction would keep its rows locked: nobody could take them over,
    however long its lease is past.
    """
    silence = int(flask_app().config["SETTINGS"].lease.total_seconds() * 1000)
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = {silence}")
    connection.commit()


celery.task_cls = "workers.binding:AppTask"
celery.conf.update(CELERY, imports=TASK_MODULES)
app = celery
