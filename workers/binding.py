"""Celery bound to the Flask app: settings, the table of tasks, and an app context around each of them."""

from functools import cache
from typing import Any

from celery import Celery, Task
from celery.signals import worker_process_init
from flask import Flask

from actions.app import create_app
from actions.extensions import celery, db
from workers.schedule import BEAT, TASK_MODULES
from workers.settings import CELERY


@cache
def flask_app() -> Flask:
    """One for each process tree; a forked child takes connections of its own."""
    return create_app()


class AppTask(Task):  # type: ignore[type-arg]  # its parameters are each task's own
    """Runs inside the app's context and leaves no session behind."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # as Celery's
        with flask_app().app_context():
            try:
                return super().__call__(*args, **kwargs)
            finally:
                db.session.remove()


def bind() -> Celery:
    """The Celery app of `celery -A celery_app`."""
    broker = flask_app().config["SETTINGS"].broker
    celery.conf.update(CELERY, broker_url=broker, beat_schedule=BEAT, imports=TASK_MODULES)
    celery.task_cls = "workers.binding:AppTask"
    return celery


@worker_process_init.connect
def take_own_connections(**_: object) -> None:
    """A connection must not be shared with the parent: both would speak on it."""
    with flask_app().app_context():
        db.engine.dispose(close=False)
