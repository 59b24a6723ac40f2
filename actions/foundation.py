"""What every process needs, the web and the workers: settings, extensions, registries. No screen, and no request."""

import sys

import structlog
from flask import Flask

from actions import registries
from actions.clock import clock
from actions.config import Settings, from_environment
from actions.encryption import ring
from actions.extensions import celery, db, redis
from actions.outbox import PRODUCER
from actions.tokens import tokens


def create_foundation(settings: Settings | None = None) -> Flask:
    """Bound to `settings` or to the environment's. Raises CannotStart for what is missing or refused there.

    A worker has this much and no more: the screens with all that they import would be a tenth of its memory.
    """
    chosen = settings or from_environment()
    log_to_stderr()
    app = Flask("actions", static_folder=None)
    app.config.update(
        SETTINGS=chosen,
        SQLALCHEMY_DATABASE_URI=chosen.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_pre_ping": True,
            "pool_size": 10,
            "connect_args": {"connect_timeout": 3},
            # The traceback of a failed task goes to the log, and must not quote what people typed (P-10).
            "hide_parameters": True,
        },
    )
    bind_extensions(app, chosen)
    registries.register(app)
    return app


def log_to_stderr() -> None:
    """One line an event, names and values; standard output belongs to what a command answers."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def bind_extensions(app: Flask, settings: Settings) -> None:
    clock.follow(settings.clock_file)
    ring.bind(settings.encryption_keys)
    tokens.bind(settings.secret_keys, settings.unsubscribe_keys)
    db.init_app(app)
    redis.bind(settings.redis_url)
    celery.conf.update(broker_url=settings.broker, **PRODUCER)
