"""`make run`: everything from an environment that is ready to addresses that can be opened."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path

from devserver.environment import (
    ROOT,
    Wishes,
    free_port,
    kept_secrets,
    read_wishes,
    require_free_port,
    settings_for_programs,
    surroundings,
    write_environment,
)
from devserver.guard import EndRequested, run_guarded
from devserver.postgres import Postgres, ensure_database
from devserver.processes import CouldNotStart, last_lines, start_child
from devserver.self_check import CheckFailed, check, fetch, is_healthy
from devserver.supervisor import ProgramEnded, Supervisor
from devserver.valkey import Valkey

DATABASE = "clarion"
HEALTHY_WITHIN = 60
CHECKED_WITHIN = 30


# Who a demonstration's desk belongs to.
CAMPAIGNER = "campaigner@open-door.test"


class Run:
    """One start, from the servers up; leaving `stack` takes them down again in the opposite order."""

    def __init__(self, wishes: Wishes, stack: ExitStack) -> None:
        self._wishes = wishes
        self._stack = stack
        self._supervisor = Supervisor(wishes.var_dir / "logs")
        self._env: dict[str, str] = {}

    def start(self) -> None:
        kept_secrets(self._wishes.var_dir)  # before there are data that would need them
        say("Starting the servers ...")
        servers = {**self._database(), **self._redis()}
        self._stack.enter_context(self._supervisor)  # after the servers, so that it ends before them
        settings = settings_for_programs(self._wishes, {**servers, **self._mail()}, os.environ)
        write_environment(self._wishes.var_dir / "environment", settings)
        self._env = surroundings(settings, self._wishes)
        say("Bringing tables and demo content up to date ...")
        self._prepare(["db upgrade", *(["demo load"] if self._wishes.is_demo else [])])
        say("Starting the web and the workers ...")
        self._supervisor.start_wave(programs(), self._env)
        if not self._supervisor.run_until(lambda: is_healthy(self._wishes.base_url), seconds=HEALTHY_WITHIN):
            raise CouldNotStart(f"The web did not become healthy:\n{last_lines(self._supervisor.log('web'))}")

    def check(self) -> str:
        """What was found out; raises CheckFailed."""
        if not self._wishes.catches_mail:
            return "SMTP_URL was given: nobody but its owner can check what arrives there."
        check(
            self._wishes.base_url,
            self._wishes.mailbox,
            lambda reached: self._supervisor.run_until(reached, seconds=CHECKED_WITHIN),
        )
        return "Checked: a sign-up went from the web to a worker, over SMTP and into the mailbox."

    def play_journeys(self) -> int:
        if find_spec("devserver.journeys") is None:
            raise CouldNotStart("There are no journeys to play: devserver/journeys.py is missing.")
        with subprocess.Popen([sys.executable, "-m", "devserver.journeys"], env=self._env, cwd=ROOT) as journeys:
            self._supervisor.run_until(lambda: journeys.poll() is not None)
            return journeys.wait()

    def stay(self) -> None:
        self._supervisor.run_until(lambda: False)

    def _database(self) -> dict[str, str]:
        if "DATABASE_URL" in self._wishes.given:
            return {"DATABASE_URL": self._wishes.given["DATABASE_URL"]}
        log = self._supervisor.log("postgres")
        server = self._stack.enter_context(Postgres(self._wishes.var_dir / "postgres", durable=True, log=log))
        self._supervisor.watch("postgres", server.process, log)
        return {"DATABASE_URL": ensure_database(server.url(), DATABASE)}

    def _redis(self) -> dict[str, str]:
        if "REDIS_URL" in self._wishes.given:
            return {
                name: self._wishes.given[name] for name in ("REDIS_URL", "BROKER_URL") if name in self._wishes.given
            }
        log = self._supervisor.log("valkey")
        server = self._stack.enter_context(Valkey(self._wishes.var_dir / "valkey", log=log))
        self._supervisor.watch("valkey", server.process, log)
        return {"REDIS_URL": server.url(), "BROKER_URL": self._wishes.given.get("BROKER_URL", server.broker_url())}

    def _mail(self) -> dict[str, str]:
        if not self._wishes.catches_mail:
            return {"SMTP_URL": self._wishes.given["SMTP_URL"]}
        port = free_port()
        command = [
            sys.executable,
            "-m",
            "devserver.catcher",
            "--port",
            str(port),
            "--mailbox",
            str(self._wishes.mailbox),
        ]
        self._wishes.mailbox.mkdir(mode=0o700, exist_ok=True)
        self._supervisor.start_wave({"catcher": command}, {**os.environ, "PYTHONPATH": str(ROOT)})
        return {"SMTP_URL": f"smtp://127.0.0.1:{port}?tls=none"}

    def desk_link(self) -> str:
        """Lets the first who presses its button work as a campaigner; only a demonstration has one."""
        if not self._wishes.is_demo:
            return ""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "staff", "open", CAMPAIGNER]
        ran = subprocess.run(command, env=self._env, cwd=ROOT, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise CouldNotStart(f"The desk could not be opened:\n{ran.stderr}")
        return ran.stdout.strip()

    def _prepare(self, commands: list[str]) -> None:
        log = self._supervisor.log("preparation")
        ran = start_child([sys.executable, "-m", "devserver.preparation", *commands], log=log, env=self._env)
        self._supervisor.run_until(lambda: ran.poll() is not None)
        if ran.wait() != 0:
            raise CouldNotStart(f"The tables are not ready. The last lines in {log}:\n{last_lines(log)}")


def procfile() -> dict[str, str]:
    """The programs of a deployment, by name."""
    return dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())


def programs() -> dict[str, list[str]]:
    """Those of a deployment, as the machine's shell starts them; but beat rides along with a worker: a process of its
    own, which only tells the time, would hold another 120 MB.
    """
    lines = procfile()
    del lines["beat"]
    lines["worker-now"] += " -B"
    return {name: ["sh", "-c", f"exec {line}"] for name, line in lines.items()}


@contextmanager
def held(var_dir: Path) -> Iterator[None]:
    """One start at a time for a folder. The kernel lets go of it, however we end."""
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (var_dir / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CouldNotStart(f"Another `make run` is using {var_dir}. End it, or choose another VAR_DIR.") from error
        yield


def empty(var_dir: Path) -> None:
    for path in var_dir.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != "lock":
            path.unlink()


def work(wishes: Wishes) -> int:
    try:
        require_free_port(wishes.port)
        with held(wishes.var_dir), ExitStack() as stack:
            if wishes.once:
                empty(wishes.var_dir)
            run = Run(wishes, stack)
            run.start()
            if wishes.once:
                return run.play_journeys()
            say(run.check())
            say(addresses(wishes, run.desk_link()))
            run.stay()
    except (CouldNotStart, ProgramEnded, CheckFailed) as reason:
        print(reason, file=sys.stderr, flush=True)
        return 1
    except EndRequested:
        say("Ended, and everything that was started with it.")
    return 1 if wishes.once else 0


def addresses(wishes: Wishes, desk_link: str) -> str:
    pages = dict.fromkeys(re.findall(r'href="(/a/[^"/?#]+)', fetch(wishes.base_url + "/")))
    lines = [("Home", f"{wishes.base_url}/"), *(("Action page", wishes.base_url + page) for page in pages)]
    if desk_link:
        lines.append(("Desk (works once)", desk_link))
    if wishes.catches_mail:
        lines.append(("Mail that was sent", f"{wishes.base_url}/mailbox"))
    lines.append(("Logs", str(wishes.var_dir / "logs")))
    lines.append(("Commands", f".venv/bin/flask --env-file {wishes.var_dir / 'environment'} --app wsgi --help"))
    shown = "\n".join(f"  {name:<20}{where}" for name, where in lines)
    return f"Clarion is up. Ctrl-C ends it.\n{shown}"


def say(words: str) -> None:
    print(words, flush=True)


def main() -> None:
    os.chdir(ROOT)
    try:
        wishes = read_wishes(os.environ)
    except CouldNotStart as reason:
        sys.exit(str(reason))
    sys.exit(run_guarded(lambda: work(wishes)))


if __name__ == "__main__":
    main()
