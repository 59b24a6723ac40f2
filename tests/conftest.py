"""Real servers for the suite: one PostgreSQL and one Valkey per test process, an empty database for each test.

`TEST_DATABASE_URL` and `TEST_REDIS_URL` name others to use instead; `DATABASE_URL` is never looked at.
"""

import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from flask_migrate import upgrade
from redis import Redis
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session
from werkzeug.test import TestResponse

from actions import outbox
from actions.app import create_app
from actions.clock import clock
from actions.config import Settings
from actions.encryption import ring
from actions.extensions import celery, db, redis
from actions.tokens import tokens
from devserver.postgres import Postgres, create_database, drop_database
from devserver.valkey import Valkey
from tests.factories.machine import what_is_missing
from tests.factories.scheduling import Scheduling
from tests.factories.stage import RunningStage, running_stage
from tests.factories.worker import answer_requests

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def settings_for(database_url: str, redis_url: str, folder: Path, **changes: object) -> Settings:
    """What a test's app runs on; `changes` win."""
    chosen: dict[str, object] = {
        "database_url": database_url,
        "redis_url": redis_url,
        "base_url": "http://localhost:8000",
        "mail_from": "hello@open-door.test",
        "bounce_domain": "bounce.open-door.test",
        "smtp_url": "smtp://127.0.0.1:9?tls=none",
        "secret_keys": "test-secret-0123456789abcdefghijklmnop",
        "encryption_keys": "test-encryption-0123456789abcdefghijkl",
        "media_dir": folder / "media",
        "clock_file": folder / "clock",
        "staff_second_factor": "optional",
    }
    return Settings(**(chosen | changes))  # type: ignore[arg-type]  # pydantic parses what it is given


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="clarion-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(session_folder: Path) -> Iterator[str]:
    """Of the server; databases are made on it."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    with Postgres(session_folder / "pg", durable=False) as server:
        yield server.url()


@pytest.fixture(scope="session")
def redis_url(session_folder: Path, worker_id: str) -> Iterator[str]:
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        # One server serves every test process, and each empties what it uses.
        yield (
            f"{given.partition('?')[0]}?db={1 + int(worker_id.removeprefix('gw'))}" if worker_id != "master" else given
        )
        return
    server = Valkey(session_folder / "valkey")
    server.start()
    try:
        yield server.url()
    finally:
        server.stop()


@pytest.fixture(scope="session")
def database_url(postgres_url: str, redis_url: str, session_folder: Path, worker_id: str) -> Iterator[str]:
    """One database for each test process, with every table; each test finds it empty."""
    name = f"clarion_{worker_id}"
    drop_database(postgres_url, name)
    url = create_database(postgres_url, name)
    app = create_app(settings_for(url, redis_url, session_folder))
    with app.app_context():
        upgrade()
        db.session.remove()
        db.engine.dispose()
    yield url
    drop_database(postgres_url, name)


@pytest.fixture(scope="session")
def settings(database_url: str, redis_url: str, session_folder: Path) -> Settings:
    return settings_for(database_url, redis_url, session_folder)


@pytest.fixture(scope="session")
def one_app(settings: Settings) -> Iterator[Flask]:
    """Made once: its compiled templates serve every test."""
    made = create_app(settings)
    made.testing = True
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def app(one_app: Flask, settings: Settings) -> Iterator[Flask]:
    """The app with its context pushed, on an empty database, with an empty Redis and a clock that stands right.

    A test may bind it to other settings and keys; the next one finds its own again.
    """
    one_app.config["SETTINGS"] = settings
    clock.follow(settings.clock_file)
    ring.bind(settings.encryption_keys)
    tokens.bind(settings.secret_keys, settings.unsubscribe_keys)
    redis.bind(settings.redis_url)
    celery.conf.broker_url = settings.broker
    with one_app.app_context():
        yield one_app
        db.session.remove()
        empty_database()
    clock.follow(settings.clock_file)
    clock.reset()
    outbox.clear()
    redis.bind(settings.redis_url)
    shutil.rmtree(settings.media_dir, ignore_errors=True)
    # The service's own client gives up within a moment, which a busy machine takes.
    with Redis.from_url(settings.redis_url) as patient:
        patient.flushdb()


def empty_database() -> None:
    """Delete every row, foreign keys left unchecked meanwhile: milliseconds, where TRUNCATE would make new files.

    In one message to the server: every test waits for it.
    """
    statements = [
        "SET LOCAL lock_timeout = '10s'",
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {table.name}" for table in db.metadata.sorted_tables),  # noqa: S608  # our own tables
        "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
    ]
    with db.engine.begin() as connection:
        connection.exec_driver_sql("; ".join(statements))


@pytest.fixture
def session(app: Flask) -> scoped_session[Session]:
    return db.session


class ClientWithWorker(FlaskClient):
    """After each answer a worker does what it is nudged to: links that a form asked for are mailed."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        # A test keeps its context for all its requests; what one has noted there, such as who asks, is not the next's.
        for noted in list(g):
            g.pop(noted)
        answer = super().open(*args, **options)
        answer_requests()
        return answer


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return ClientWithWorker(app, TestResponse)


@pytest.fixture(scope="session")
def stage(postgres_url: str, session_folder: Path) -> Iterator[RunningStage]:
    """Who asks for it lies in a folder that tests/factories/scheduling.py names: one test process starts it."""
    with running_stage(session_folder / "stage", postgres_url, os.environ.get("TEST_REDIS_URL")) as running:
        yield running


def pytest_report_header() -> list[str]:
    return what_is_missing()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that stand on a server are marked, for the run on Debian's."""
    for item in items:
        if {"postgres_url", "redis_url"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the programs of the stage said last stands under each failure on it."""
    report = yield
    stage = getattr(item, "funcargs", {}).get("stage")
    if report.failed and isinstance(stage, RunningStage):
        report.sections.append(("what the stage said", stage.said()))
    return report
