"""Puts the parts together: settings, extensions, blueprints, error pages, registries."""

import mimetypes
import sys
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from actions import errors, health, held_rows, registries, security_headers
from actions.assets import URL_PREFIX, find_assets
from actions.clock import clock
from actions.config import LOOPBACK, Settings, from_environment
from actions.encryption import ring
from actions.extensions import celery, db, migrate, redis
from actions.outbox import PRODUCER
from actions.staff import accounts
from actions.tokens import tokens

LARGEST_REQUEST = 1024 * 1024
MOST_FORM_PARTS = 200
MIGRATIONS = Path(__file__).parent / "migrations"


def create_app(settings: Settings | None = None) -> Flask:
    """The app, bound to `settings` or to the environment's. Raises CannotStart for what is missing or refused there."""
    chosen = settings or from_environment()
    log_to_stderr()
    app = Flask("actions", static_folder=None)
    app.config.update(
        SETTINGS=chosen,
        # A request that names another host is refused, though no link is ever made from it (W-20).
        TRUSTED_HOSTS=[str(urlsplit(chosen.base_url).hostname), *LOOPBACK],
        SQLALCHEMY_DATABASE_URI=chosen.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_pre_ping": True,
            "pool_size": 10,
            "connect_args": {"connect_timeout": 3},
            # The traceback of a failed task goes to the log, and must not quote what people typed (P-10).
            "hide_parameters": True,
        },
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
    )
    bind_extensions(app, chosen)
    accounts.install(app, chosen)
    held_rows.install(app)
    registries.register(app)
    security_headers.install(app)
    errors.install(app)
    app.register_blueprint(health.blueprint)
    serve_files(app, chosen)
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
    migrate.init_app(app, directory=str(MIGRATIONS), compare_type=True)
    redis.bind(settings.redis_url)
    celery.conf.update(broker_url=settings.broker, **PRODUCER)


def serve_files(app: Flask, settings: Settings) -> None:
    mimetypes.add_type("font/woff2", ".woff2")
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]  # Flask's own way to wrap it
        app.wsgi_app,
        root=find_assets().folder,
        prefix=URL_PREFIX,
        immutable_file_test=r"-[\w-]{8}\.\w+$",
        allow_all_origins=False,
        add_headers_function=security_headers.add_to_file,
    )
    app.wsgi_app = health.AnyHost(app.wsgi_app, str(urlsplit(settings.base_url).netloc))  # type: ignore[method-assign]  # as above
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_prefix=0)  # type: ignore[method-assign]  # as above
