"""How many signatures a second, how long each answer takes, and whether the answer's time tells who signed before.

    python bench/signing.py [--signatures 2000] [--people 24] [--processes 2]

Real parts on loopback: PostgreSQL (fsync on), Valkey, gunicorn, and the worker that makes the links. Each signature is
the form's POST and, in a second phase, the press of its confirmation button; then all are counted.
It prints JSON lines:

    {"bench": "signing", "signatures", "people", "processes", "rate", "p50_ms", "p95_ms", "confirm_rate", "counted"}
    {"bench": "same answer", "timings", "difference_of_medians_ms", "p_value"}
"""

import argparse
import http.client
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import Engine, create_engine, text  # noqa: E402  # after the path is set

from actions.tokens import Purpose, tokens  # noqa: E402  # as above
from devserver.environment import free_port  # noqa: E402  # as above
from devserver.postgres import Postgres, create_database  # noqa: E402  # as above
from devserver.valkey import Valkey  # noqa: E402  # as above
from devserver.visitor import forms_in  # noqa: E402  # as above

PAGE = "/a/mu-sochua"
KEY = "bench-secret-0123456789-abcdefghijklmnop"
OPTIONS = {
    "ENCRYPTION_KEYS": "bench-encryption-0123456789-abcdefghij",
    "SECRET_KEYS": KEY,
    "MAIL_FROM": "hello@open-door.test",
    "BOUNCE_DOMAIN": "bounce.open-door.test",
    "SMTP_URL": "smtp://127.0.0.1:9?tls=none",
    # One machine plays everyone: what a network may cause without delay is not what is measured.
    "NETWORK_BURST": "1000000000",
    "NETWORK_SUSTAINED": "1000000000",
}


class Person:
    """One keep-alive connection, as a proxy in front of the service holds it."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, float]:
        """Status and seconds."""
        body = urllib.parse.urlencode(fields)
        began = time.perf_counter()
        self.connection.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - began

    def get(self, path: str) -> str:
        self.connection.request("GET", path)
        return self.connection.getresponse().read().decode()


def play(
    people: int, port: int, jobs: Sequence[tuple[str, dict[str, str]]], expected: int
) -> tuple[float, list[float]]:
    """(seconds in all, seconds of each answer); stops at an answer that is not `expected`."""

    def share(part: Sequence[tuple[str, dict[str, str]]]) -> list[float]:
        person = Person(port)
        times = []
        for path, fields in part:
            status, seconds = person.post(path, fields)
            if status != expected:
                raise SystemExit(f"{path} answered {status}, not {expected}")
            times.append(seconds)
        return times

    began = time.perf_counter()
    with ThreadPoolExecutor(people) as threads:
        times = [one for part in threads.map(share, [jobs[start::people] for start in range(people)]) for one in part]
    return time.perf_counter() - began, times


def signer(number: int) -> dict[str, str]:
    name = {"first_name": "Ann", "last_name": f"Example {number}"}
    return {"email": f"bench-{number}@people.test", "country": "DE", **name}


def same_answer(port: int, form: dict[str, str], timings: int) -> dict[str, object]:
    """Posts for an address that signed before and for new ones, in turn: do their times differ (C-10)?"""
    person = Person(port)
    known, fresh = [], []
    for number in range(timings):
        known.append(person.post(f"{PAGE}/sign", form | signer(0))[1] * 1000)
        fresh.append(person.post(f"{PAGE}/sign", form | signer(10_000_000 + number))[1] * 1000)
    difference = abs(statistics.median(known) - statistics.median(fresh))
    return {
        "bench": "same answer",
        "timings": timings,
        "difference_of_medians_ms": round(difference, 2),
        "p_value": round(kolmogorov_smirnov(known, fresh), 4),
    }


def kolmogorov_smirnov(one: Sequence[float], other: Sequence[float]) -> float:
    """The p-value of the two-sample test, by its asymptotic distribution (Smirnov 1939)."""
    points = sorted([*one, *other])
    one, other = sorted(one), sorted(other)
    distance, at_one, at_other = 0.0, 0, 0
    for point in points:
        while at_one < len(one) and one[at_one] <= point:
            at_one += 1
        while at_other < len(other) and other[at_other] <= point:
            at_other += 1
        distance = max(distance, abs(at_one / len(one) - at_other / len(other)))
    scaled = distance * math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    total = sum((-1) ** (k - 1) * math.exp(-2 * k * k * scaled * scaled) for k in range(1, 101))
    return max(0.0, min(1.0, 2 * total)) if scaled else 1.0


def measure(arguments: argparse.Namespace, port: int, database: str) -> None:
    form = next(fields for action, fields in forms_in(Person(port).get(f"{PAGE}/sign")) if action.endswith("/sign"))
    jobs = [(f"{PAGE}/sign", form | signer(number)) for number in range(arguments.signatures)]
    seconds, times = play(arguments.people, port, jobs, 200)
    tokens.bind([KEY])
    engine = create_engine(database)
    wait_until(lambda: nobody_waits(engine), "the worker did not answer all forms")
    with engine.connect() as connection:
        links = connection.execute(text("SELECT id, generation FROM confirmations ORDER BY id")).all()
    buttons = [(f"/c/{tokens.sign(Purpose.CONFIRM, link.id, link.generation)}", {}) for link in links]
    confirming, confirm_times = play(arguments.people, port, buttons, 303)
    command("counts", arguments)
    with engine.connect() as connection:
        counted = connection.execute(text("SELECT signature_count FROM pages WHERE slug = 'mu-sochua'")).scalar_one()
    percentiles = statistics.quantiles(times, n=20)
    print(
        json.dumps(
            {
                "bench": "signing",
                "signatures": arguments.signatures,
                "people": arguments.people,
                "processes": arguments.processes,
                "rate": round(arguments.signatures / seconds, 1),
                "p50_ms": round(percentiles[9] * 1000, 1),
                "p95_ms": round(percentiles[18] * 1000, 1),
                "confirm_rate": round(len(buttons) / confirming, 1),
                "confirm_p95_ms": round(statistics.quantiles(confirm_times, n=20)[18] * 1000, 1),
                "counted": counted,
            }
        )
    )
    assert counted == arguments.signatures, "every signature counts once"
    print(json.dumps(same_answer(port, form, arguments.timings)))


def command(what: str, arguments: argparse.Namespace) -> None:
    subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *{"counts": ["pages", "count"]}.get(what, what.split())],
        check=True,
        cwd=ROOT,
        env=arguments.environment,
        stdout=subprocess.DEVNULL,
    )


def healthy(port: int) -> bool:
    try:
        return '"well"' in Person(port).get("/health")
    except OSError:
        return False


def nobody_waits(engine: Engine) -> bool:
    """A form leaves a request for a link, and the worker answers it."""
    with engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM link_requests")).scalar_one() == 0


def wait_until(ready: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 120
    while not ready():
        if time.monotonic() > deadline:
            raise SystemExit(f"{otherwise} within two minutes")
        time.sleep(0.2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signatures", type=int, default=2000)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--timings", type=int, default=500)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clarion-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with Postgres(folder / "pg", durable=True) as server, Valkey(folder / "valkey") as redis:
            database = create_database(server.url(), "bench")
            port = free_port()
            arguments.environment = {
                **os.environ,
                **OPTIONS,
                "DATABASE_URL": database,
                "REDIS_URL": redis.url(),
                "BASE_URL": f"http://localhost:{port}",
                "MEDIA_DIR": str(folder / "media"),
            }
            command("db upgrade", arguments)
            command("demo load", arguments)
            gunicorn = ["gunicorn", "wsgi:app", "--worker-class", "gthread", "--threads", "8", "--no-control-socket"]
            listening = ["--workers", str(arguments.processes), "--bind", f"127.0.0.1:{port}", "--log-level", "error"]
            # A process that comes first would else accept every kept-alive connection, and leave the others idle.
            listening += ["--worker-connections", str(math.ceil(arguments.people / arguments.processes) + 1)]
            celery = ["celery", "-A", "celery_app", "worker", "-B", "-Q", "now", "-c", "1", "-l", "ERROR"]
            programs = [start([*gunicorn, *listening], arguments), start(celery, arguments)]
            try:
                wait_until(lambda: healthy(port), "the web did not become healthy")
                measure(arguments, port, database)
            finally:
                for program in programs:
                    program.terminate()
                for program in programs:
                    program.wait()


def start(module: Sequence[str], arguments: argparse.Namespace) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [sys.executable, "-m", *module], cwd=ROOT, env=arguments.environment, stdout=quiet, stderr=quiet
    )


if __name__ == "__main__":
    main()
