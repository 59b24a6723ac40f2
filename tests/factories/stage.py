"""The whole service with real parts, once for a test process: web, worker, beat, mail catcher, demonstration."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from devserver.environment import ROOT, Wishes, free_port, settings_for_programs, surroundings
from devserver.journeys import Stage
from devserver.postgres import create_database, drop_database
from devserver.processes import last_lines
from devserver.run import programs
from devserver.self_check import is_healthy
from devserver.supervisor import Supervisor
from devserver.valkey import Valkey

DATABASE = "clarion_stage"
HEALTHY_WITHIN = 60
# One process reads all lanes and tells the time: a test machine has two cores. What lanes are for is held elsewhere.
WORKER = "celery -A celery_app worker -B -Q now,letters,bulk -c 1 -n stage@%h --without-gossip --without-mingle"
BROKEN = ("a page broke", "the database is away", "a request was not answered", "raised unexpected", "Traceback")
# Everybody here comes from the same network, far more often than people do.
PATIENT = {"NETWORK_BURST": "10000", "NETWORK_SUSTAINED": "10000"}


@dataclass(frozen=True)
class RunningStage(Stage):
    """A stage of the journeys, with what a test may look at besides pages and mail."""

    supervisor: Supervisor
    logs: Path

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What the database holds at this moment."""
        url = make_url(self.environment["DATABASE_URL"]).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
            return connection.execute(statement.encode()).fetchall()

    def broken(self) -> str:
        """Every line in which a program says that something went wrong that should not have."""
        logs = "\n".join(log.read_text(encoding="utf-8", errors="replace") for log in self.logs.glob("*.log"))
        return "\n".join(line for line in logs.splitlines() if any(sign in line for sign in BROKEN))

    def said(self) -> str:
        """The last lines of every program."""
        return "\n".join(f"--- {log.stem}\n{last_lines(log, 25)}" for log in sorted(self.logs.glob("*.log")))


@contextmanager
def running_stage(folder: Path, postgres_url: str, redis_url: str | None) -> Iterator[RunningStage]:
    """`redis_url` names a server that is given; else the stage has one of its own, which no other test empties."""
    folder.mkdir(mode=0o755)
    with ExitStack() as stack:
        servers = _servers(folder, postgres_url, redis_url, stack)
        supervisor = Supervisor(folder / "logs")
        stack.callback(supervisor.stop)
        wishes = Wishes(free_port(), folder, once=False, given={})
        env = _environment(wishes, servers, supervisor)
        stage = RunningStage(wishes.base_url, env, supervisor, folder / "logs")
        for words in (("db", "upgrade"), ("demo", "load")):
            stage.command(*words)
        supervisor.start_wave({"web": programs()["web"], "worker": ["sh", "-c", f"exec {WORKER}"]}, env)
        if not supervisor.run_until(lambda: is_healthy(stage.base_url), seconds=HEALTHY_WITHIN):
            raise RuntimeError(f"the web did not become healthy:\n{stage.said()}")
        yield stage
        assert stage.broken() == "", "a page broke while the tests looked at others"


def _servers(folder: Path, postgres_url: str, redis_url: str | None, stack: ExitStack) -> dict[str, str]:
    drop_database(postgres_url, DATABASE)
    database = create_database(postgres_url, DATABASE)
    stack.callback(drop_database, postgres_url, DATABASE)
    if redis_url is not None:
        # The last of Redis' sixteen: the other tests empty those from the first on, one for each test process.
        last = re.sub(r"(/\d*)?(\?.*)?$", "/15", redis_url, count=1)
        return {"DATABASE_URL": database, "REDIS_URL": last}
    valkey = stack.enter_context(Valkey(folder / "valkey"))
    return {"DATABASE_URL": database, "REDIS_URL": valkey.url(), "BROKER_URL": valkey.broker_url()}


def _environment(wishes: Wishes, servers: Mapping[str, str], supervisor: Supervisor) -> dict[str, str]:
    """Starts the mail catcher, so that its address is known."""
    wishes.mailbox.mkdir(mode=0o700)
    port = free_port()
    command = [sys.executable, "-m", "devserver.catcher", "--port", str(port), "--mailbox", str(wishes.mailbox)]
    supervisor.start_wave({"catcher": command}, {**os.environ, "PYTHONPATH": str(ROOT)})
    servers = {**servers, "SMTP_URL": f"smtp://127.0.0.1:{port}?tls=none"}
    return surroundings({**settings_for_programs(wishes, servers, {}), **PATIENT}, wishes)
