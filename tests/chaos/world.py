"""The service with real parts on servers of its own, each of which a run may break: what it is made of, and how."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from redis import Redis
from sqlalchemy import make_url

from devserver.environment import ROOT, Wishes, free_port, settings_for_programs, surroundings
from devserver.postgres import Postgres, create_database
from devserver.processes import CouldNotStart, end_now, last_lines, start_child
from devserver.valkey import Valkey
from tests.chaos.sending_log import SendingLog

LEASE_SECONDS = 5
QUIET = "--without-gossip --without-mingle --without-heartbeat --loglevel INFO"
WORKERS = {
    "bulk-1": f"celery -A celery_app worker -Q bulk -c 2 -n bulk-1@%h {QUIET}",
    "bulk-2": f"celery -A celery_app worker -Q bulk -c 2 -n bulk-2@%h {QUIET}",
    "letters": f"celery -A celery_app worker -Q letters -c 1 -n letters@%h {QUIET}",
    "now": f"celery -A celery_app worker -Q now -c 2 -n now@%h {QUIET}",
}
BEAT = {"beat": "celery -A celery_app beat --pidfile= --loglevel INFO"}
OPTIONS = {
    "LEASE": f"PT{LEASE_SECONDS}S",
    "RETRY_FIRST": "PT1S",
    "RETRY_LONGEST": "PT5S",
    "SWEEP_SECONDS": "2",
    # A site that is slowed for its 421s is still served within the time that a run has.
    "SITE_LOWEST_RATE": "500",
}
LISTENING_WITHIN = 20.0


@dataclass
class World:
    """Running once it is entered, but for the workers."""

    folder: Path
    postgres: Postgres
    valkey: Valkey
    environment: dict[str, str]
    log: SendingLog
    commands: Mapping[str, str]
    proxy: subprocess.Popen[bytes] | None = None
    programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def tally(self) -> Path:
        return self.folder / "tally"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def database_url(self) -> str:
        """As psycopg reads it."""
        url = make_url(self.environment["DATABASE_URL"]).set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def start_workers(self, *names: str) -> None:
        for name in names:
            self.programs[name] = self._start(name, ["sh", "-c", f"exec {self.commands[name]}"])

    def end_workers(self, *names: str) -> None:
        """With SIGKILL, each with its children: nobody gets to write anything down."""
        for name in names:
            family, process = self.family(name), self.programs.pop(name)
            process.kill()
            process.wait()
            end_now(family)

    def revive(self) -> None:
        """As a service manager does: Celery's parent ends when one of its children dies before it is up."""
        self.start_workers(*[name for name, process in self.programs.items() if process.poll() is not None])

    def stop_worker(self, name: str, seconds: float = 60.0) -> None:
        """With SIGTERM, as a deployment does it."""
        process = self.programs.pop(name)
        process.terminate()
        process.wait(seconds)

    def family(self, name: str) -> list[psutil.Process]:
        """The program and its children, the oldest first."""
        with suppress(psutil.NoSuchProcess):
            parent = psutil.Process(self.programs[name].pid)
            return [parent, *sorted(parent.children(recursive=True), key=lambda process: process.pid)]
        return []

    def cut_connections(self) -> None:
        if self.proxy is not None:
            self.proxy.send_signal(signal.SIGUSR1)

    def restart_redis(self) -> None:
        """Emptied first: whatever it held is gone."""
        with Redis.from_url(self.environment["REDIS_URL"]) as client:
            client.flushall()
        self.valkey.kill()
        time.sleep(0.3)
        self.valkey.start()

    def restart_postgres(self) -> None:
        self.postgres.stop("immediate")
        time.sleep(0.3)
        self.postgres.start()

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url, connect_timeout=5) as connection:
            return connection.execute(statement.encode()).fetchall()

    def run_module(self, name: str, *words: object, into: Path | None = None) -> None:
        """A program of ours, to its end."""
        said = self.logs / f"{name}.log"
        command = [sys.executable, "-m", name, *(str(word) for word in words)]
        with (into or said).open("wb") as output, said.open("ab") as errors:
            ran = subprocess.run(
                command, env=self.environment, cwd=ROOT, stdout=output, stderr=errors, check=False, timeout=900
            )
        if ran.returncode:
            raise CouldNotStart(f"{name} ended with {ran.returncode}:\n{last_lines(said, 40)}")

    def said(self) -> str:
        return "\n".join(f"--- {log.stem}\n{last_lines(log, 15)}" for log in sorted(self.logs.glob("*.log")))

    def _start(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        log = self.logs / f"{name}.log"
        return start_child(command, log=log, env=self.environment, cwd=ROOT, death_signal=signal.SIGKILL)


@contextmanager
def running_world(
    folder: Path, seed: int, smtp_port: int | None = None, commands: Mapping[str, str] = WORKERS | BEAT, **options: str
) -> Iterator[World]:
    """`smtp_port`: of a server that is there already; else the scripted one is started, behind the proxy."""
    for made in (folder, folder / "logs", folder / "sending"):
        made.mkdir(mode=0o755, exist_ok=True)
    with ExitStack() as stack:
        postgres = stack.enter_context(Postgres(folder / "pg", durable=True, log=folder / "logs" / "postgres.log"))
        valkey = stack.enter_context(Valkey(folder / "valkey", log=folder / "logs" / "valkey.log"))
        proxy, port = (None, smtp_port) if smtp_port else _server(folder, seed, stack)
        servers = {
            "DATABASE_URL": create_database(postgres.url(), "chaos"),
            "REDIS_URL": valkey.url(),
            "BROKER_URL": valkey.broker_url(),
            "SMTP_URL": f"smtp://127.0.0.1:{port}?tls=none",
        }
        environment = _environment(folder, seed, servers) | options
        world = World(folder, postgres, valkey, environment, SendingLog(folder / "sending"), commands, proxy)
        try:
            yield world
        finally:
            world.end_workers(*world.programs)


def _environment(folder: Path, seed: int, servers: Mapping[str, str]) -> dict[str, str]:
    """The same keys for the same seed, so that every message is the same too."""
    wishes = Wishes(free_port(), folder, once=False, given={"SMTP_URL": servers["SMTP_URL"]})
    keys = {name: hashlib.sha256(f"{name}/{seed}".encode()).hexdigest() for name in ("SECRET_KEYS", "ENCRYPTION_KEYS")}
    chosen = OPTIONS | {"SENDING_LOG": str(folder / "sending")}
    return surroundings({**settings_for_programs(wishes, servers, keys), **chosen}, wishes)


def _server(folder: Path, seed: int, stack: ExitStack) -> tuple[subprocess.Popen[bytes], int]:
    """The scripted one, and the proxy before it with its port."""
    inside, outside = free_port(), free_port()
    offers = ["--offer", "PIPELINING", "--offer", "8BITMIME", "--offer", "SMTPUTF8", *_chunking(seed)]
    server = ["tests.chaos.server", "--port", inside, "--seed", seed, "--tally", folder / "tally", *offers]
    proxy = ["devserver.proxy", "--port", outside, "--to", inside]
    started = [_module(words, folder / "logs" / f"{words[0]}.log", stack) for words in (server, proxy)]
    for process, port in zip(started, (inside, outside), strict=True):
        _await_port(process, port)
    return started[1], outside


def _chunking(seed: int) -> list[str]:
    return ["--offer", "CHUNKING"] if seed % 2 else []


def _module(words: list[object], log: Path, stack: ExitStack) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", *(str(word) for word in words)]
    process = start_child(command, log=log, env=dict(os.environ), cwd=ROOT, death_signal=signal.SIGKILL)
    stack.callback(process.wait)
    stack.callback(process.kill)
    return process


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    """Without calling it: the scripted server counts its conversations."""
    deadline = time.monotonic() + LISTENING_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        listening = psutil.Process(process.pid).net_connections(kind="tcp")
        if any(one.laddr.port == port and one.status == psutil.CONN_LISTEN for one in listening):
            return
        time.sleep(0.05)
    raise CouldNotStart(f"nothing listens on port {port}")
