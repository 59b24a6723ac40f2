"""An app on servers of its own, for a bench that works in one process."""

import os
from contextlib import ExitStack
from pathlib import Path

import structlog
from flask import Flask

from actions.app import create_app
from devserver.environment import Wishes, free_port, settings_for_programs
from devserver.postgres import Postgres, create_database
from devserver.valkey import Valkey


def bench_app(folder: Path, stack: ExitStack, *, durable: bool, **given: str) -> Flask:
    """On an empty PostgreSQL and Valkey on loopback, ended by `stack`; `given`: more settings. It logs errors only."""
    postgres = stack.enter_context(Postgres(folder / "pg", durable=durable))
    valkey = stack.enter_context(Valkey(folder / "valkey"))
    servers = {
        "DATABASE_URL": create_database(postgres.url(), "bench"),
        "REDIS_URL": valkey.url(),
        "BROKER_URL": valkey.broker_url(),
        "SMTP_URL": "smtp://127.0.0.1:9?tls=none",
        "BASE_URL": "http://localhost:8000",
        **given,
    }
    os.environ.update(settings_for_programs(Wishes(free_port(), folder, once=False, given=servers), servers, {}))
    app = create_app()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    return app
