"""The whole service on servers of its own, each part of which a test may kill and start again by name."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import psutil
import psycopg
from celery import Celery
from redis import Redis
from sqlalchemy import make_url

from devserver.catcher import Catcher, Received
from devserver.environment import ROOT, Wishes, free_port, settings_for_programs, surroundings
from devserver.journeys import HISTORICAL
from devserver.postgres import Postgres, create_database
from devserver.processes import end_now, last_lines, start_child
from devserver.self_check import is_healthy
from devserver.valkey import Valkey
from devserver.visitor import Answer, Mail, Visitor

PATIENCE = 40.0
QUIET = "--without-gossip --without-mingle --without-heartbeat --loglevel INFO"
PROGRAMS = {
    # Loaded once and forked: a killed child is back within a moment, with nothing of what it had in memory.
    "web": "gunicorn wsgi:app --preload --worker-class gthread --threads 4 --bind 127.0.0.1:{port} --no-control-socket",
    "worker": f"celery -A celery_app worker -Q now,letters,bulk -c 1 -n house@%h {QUIET}",
    "beat": "celery -A celery_app beat --pidfile= --loglevel INFO",
}
# Everybody here comes from one network; what a dead worker held is free again within the time that a test has.
OPTIONS = {
    "NETWORK_BURST": "10000",
    "NETWORK_SUSTAINED": "10000",
    "LEASE": "PT5S",
    "TRUSTED_PROXIES": "1",
    "SWEEP_SECONDS": "2",
}


def until(reached: Callable[[], bool], what: str, seconds: float = PATIENCE) -> float:
    """Seconds that it took; fails with `what` otherwise."""
    began = time.monotonic()
    while not reached():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - began


@dataclass
class House:
    """Running once it is entered: everything but beat, which only a test that needs it starts."""

    folder: Path
    wishes: Wishes
    postgres: Postgres
    valkey: Valkey
    catcher: Catcher
    environment: dict[str, str] = field(default_factory=dict)
    programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return self.wishes.base_url

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def start(self, *names: str) -> None:
        for name in names:
            command = ["sh", "-c", f"exec {PROGRAMS[name].format(port=self.wishes.port)}"]
            self.programs[name] = start_child(
                command, log=self.logs / f"{name}.log", env=self.environment, cwd=ROOT, death_signal=signal.SIGKILL
            )

    def kill(self, name: str) -> None:
        """With SIGKILL, parent and children at once: nobody gets to write anything down."""
        process = self.programs.pop(name)
        children = [] if process.poll() is not None else psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        end_now(children)

    def children(self, name: str) -> list[psutil.Process]:
        return psutil.Process(self.programs[name].pid).children(recursive=True)

    def look_after(self) -> None:
        """As a service manager: start a worker anew that the broker took no answer from (workers/nudges.py)."""
        self.start(*(name for name, process in self.programs.items() if process.poll() == os.EX_TEMPFAIL))

    def until(self, reached: Callable[[], bool], what: str) -> float:
        """Seconds that it took, while the service is looked after."""
        began = time.monotonic()
        while not reached():
            assert time.monotonic() - began < PATIENCE, f"not within {PATIENCE:.0f} s: {what}\n{self.said()}"
            self.look_after()
            time.sleep(0.05)
        return time.monotonic() - began

    def pids(self) -> dict[str, int]:
        """Of the programs that are still there."""
        return {name: process.pid for name, process in self.programs.items() if process.poll() is None}

    def await_web(self) -> None:
        until(lambda: is_healthy(self.base_url), f"the web is healthy\n{self.said()}")

    def await_worker(self) -> None:
        """A worker says so once it listens."""
        log = self.logs / "worker.log"
        until(lambda: "house@" in log.read_text() and " ready." in log.read_text(), f"a worker is ready\n{self.said()}")

    def person(self, name: str, **details: str) -> "Person":
        return Person(self.base_url, first_name=name.title(), email=f"{name}@people.test", house=self, **details)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with self.connection() as connection:
            return connection.execute(statement.encode()).fetchall()

    def connection(self) -> "psycopg.Connection[tuple[object, ...]]":
        url = make_url(self.environment["DATABASE_URL"]).set(drivername="postgresql")
        return psycopg.connect(url.render_as_string(hide_password=False), connect_timeout=5)

    def states(self) -> dict[object, object]:
        """How many deliveries are in each state."""
        return dict(self.rows("SELECT state, count(*) FROM deliveries GROUP BY state"))  # type: ignore[arg-type]  # pairs

    def sweep(self) -> None:
        """What beat would do now, for a test that cannot wait for it."""
        self.nudge("workers.sweep.sweep", "workers.confirmations.answer")

    def nudge(self, *tasks: str, queue: str = "now") -> None:
        broker = Celery("test", broker=self.environment["BROKER_URL"], set_as_current=False)
        with broker.connection() as connection:
            for task in tasks:
                broker.send_task(task, queue=queue, connection=connection, ignore_result=True)

    def sweep_until(
        self, reached: Callable[[], bool], what: str, seconds: float = PATIENCE, bulk: Sequence[str] = ()
    ) -> None:
        """`bulk`: sweeps of that lane beside those that repair."""
        deadline = time.monotonic() + seconds
        while not reached():
            assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}\n{self.said()}"
            self.look_after()
            self.sweep()
            self.nudge(*bulk, queue="bulk")
            with suppress(AssertionError):
                until(reached, what, seconds=1.0)

    def pass_time(self, by: timedelta) -> None:
        """For every program at once."""
        file = Path(self.environment["CLOCK_FILE"])
        passed = float(file.read_text()) if file.exists() else 0.0
        partial = file.with_name("clock.partial")
        partial.write_text(str(passed + by.total_seconds()))
        partial.replace(file)

    def kill_children(self, name: str) -> None:
        """With SIGKILL; the program itself lives on and starts others."""
        end_now(self.children(name))

    def forget_queues(self) -> None:
        """FLUSHALL."""
        with Redis.from_url(self.environment["REDIS_URL"]) as client:
            client.flushall()

    def await_words(self, name: str, words: str) -> None:
        """Until the program has said so once more than now."""
        log = self.logs / f"{name}.log"
        known = log.read_text().count(words)
        self.sweep_until(lambda: log.read_text().count(words) > known, f"{name} says “{words}”")

    def send_mailing(self, name: str, number: int) -> None:
        """To `name`-0, `name`-1, ... and nobody else, who are put on the list for it."""
        with self.connection() as connection:
            connection.execute("UPDATE subscriptions SET state = 'left' WHERE state = 'active'")
        people, body = self.folder / f"{name}.csv", self.folder / "body.md"
        lines = (f"{name}-{one}@many.test,Ann,en,2026-01-01" for one in range(number))
        people.write_text("\n".join(["email,first_name,language,consent_date", *lines]))
        body.write_text("Good news.")
        self.prepare(
            f"supporters import {people} --list updates --evidence fair",
            f"mailings send --list updates --subject {name} --body {body} --yes",
        )

    def prepare(self, *commands: str) -> None:
        """Commands of `flask --app wsgi`, in one process."""
        module = [sys.executable, "-m", "devserver.preparation", *commands]
        ran = subprocess.run(module, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr

    def deliver_until(self, reached: Callable[[], bool], what: str) -> None:
        """As `sweep_until`, while minutes pass by: what nobody knows the end of rests before it is tried again."""
        deadline = time.monotonic() + PATIENCE
        while not reached():
            assert time.monotonic() < deadline, f"not in time: {what}\n{self.said()}"
            self.pass_time(timedelta(minutes=1))
            self.look_after()
            self.sweep()
            with suppress(AssertionError):
                until(reached, what, seconds=1.0)

    def is_settled(self) -> bool:
        return self.rows("SELECT 1 FROM deliveries WHERE ended_at IS NULL LIMIT 1") == []

    def mails_of(self, name: str) -> list[Received]:
        """To the people who were imported under this name."""
        wanted = re.compile(rf"{re.escape(name)}-\d+@many\.test")
        return [mail for mail in list(self.catcher.received) if wanted.fullmatch(mail.rcpt_to[0])]

    def reached_of(self, name: str) -> set[str]:
        return {mail.rcpt_to[0] for mail in self.mails_of(name)}

    def copies_of(self, name: str) -> int:
        return len(self.mails_of(name))

    def message_ids_of(self, name: str) -> set[str]:
        return {str(message_from_bytes(mail.content)["Message-ID"]) for mail in self.mails_of(name)}

    def reached(self) -> set[str]:
        """The addresses that a mail has come to."""
        return {address for mail in list(self.catcher.received) for address in mail.rcpt_to}

    def said(self) -> str:
        return "\n".join(f"--- {log.stem}\n{last_lines(log, 20)}" for log in sorted(self.logs.glob("*.log")))

    def put_right(self) -> None:
        """After a test, whatever it left: everything runs but beat, and the relay takes everything."""
        self.catcher.clear()
        for server in (self.postgres, self.valkey):
            if server.process is None:
                server.start()
        if not self.catcher.is_listening:
            self.catcher.start()
        if "beat" in self.programs:
            self.kill("beat")
        self.look_after()
        with self.connection() as connection:
            connection.execute("UPDATE deliveries SET state = 'cancelled', ended_at = now() WHERE ended_at IS NULL")
        self.start(*(name for name in ("web", "worker") if name not in self.programs))
        self.await_web()


@dataclass
class Person(Visitor):
    """A visitor whose mailbox is the house's catcher."""

    house: House = field(kw_only=True)
    forwarded_for: str = ""

    def _send(self, request: urllib.request.Request) -> Answer:
        if self.forwarded_for:
            request.add_header("X-Forwarded-For", self.forwarded_for)
        return super()._send(request)

    def mail(self, has: Callable[[Mail], bool], what: str, after: int = 0) -> Mail:
        found: list[Mail] = []

        def came() -> bool:
            found[:] = [mail for mail in self.mails() if has(mail)]
            return len(found) > after

        until(came, f"a {what} reaches {self.email}\n{self.house.said()}")
        return found[-1]

    def mails(self) -> list[Mail]:
        return [read(one, self.email) for one in list(self.house.catcher.received) if self.email in one.rcpt_to]

    def has_mail(self) -> bool:
        return bool(self.mails())

    def sign(self, page: Answer | None = None) -> Answer:
        """The form as it is on the page, filled in and sent."""
        return self.submit(page or self.open(f"/a/{HISTORICAL}"), f"/a/{HISTORICAL}/sign")


def read(received: Received, address: str) -> Mail:
    parsed = message_from_bytes(received.content, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    body = parsed.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    links = [word.strip("<>") for word in text.split() if word.strip("<>").startswith("http")]
    headers = {name: [str(one) for one in parsed.get_all(name, [])] for name in parsed}
    return Mail(str(parsed["Subject"]), address, text, links, headers)


@contextmanager
def running_house(folder: Path) -> Iterator[House]:
    for made in (folder, folder / "logs", folder / "mailbox"):
        made.mkdir(mode=0o755)
    wishes = Wishes(free_port(), folder, once=False, given={})
    postgres = Postgres(folder / "pg", durable=False, log=folder / "logs" / "postgres.log")
    valkey = Valkey(folder / "valkey", log=folder / "logs" / "valkey.log")
    with postgres, valkey, Catcher() as catcher:
        servers = {
            "DATABASE_URL": create_database(postgres.url(), "house"),
            "REDIS_URL": valkey.url(),
            "BROKER_URL": valkey.broker_url(),
            "SMTP_URL": f"{catcher.url}?tls=none",
        }
        house = House(folder, wishes, postgres, valkey, catcher)
        house.environment = surroundings({**settings_for_programs(wishes, servers, {}), **OPTIONS}, wishes)
        house.prepare("db upgrade", "demo load")
        try:
            house.start("web", "worker")
            house.await_web()
            house.await_worker()
            yield house
        finally:
            for name in list(house.programs):
                house.kill(name)
