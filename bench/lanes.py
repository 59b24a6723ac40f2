"""How long a confirmation takes to the relay while a big mailing goes out.

    python bench/lanes.py [--rows 30000] [--seconds 30]

Real parts on loopback, as `make run` starts them: PostgreSQL (fsync on), Valkey, gunicorn, one worker for each lane.
The mailing is made as always, by `supporters import` and `mailings send`: one INSERT … SELECT. Then one person signs
each second, and what is measured is the time from the first byte of their form to the final dot of their mail at the
relay. It prints a JSON line:

    {"bench": "lanes", "bulk_rows", "bulk_rate", "confirmations", "p50_s", "p95_s"}

and ends with 1 where the 95th percentile is above 5 seconds.
"""

import argparse
import asyncio
import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from devserver.environment import Wishes, free_port, settings_for_programs, surroundings  # noqa: E402  # after the path is set
from devserver.postgres import Postgres, create_database  # noqa: E402  # as above
from devserver.run import programs  # noqa: E402  # as above
from devserver.self_check import is_healthy  # noqa: E402  # as above
from devserver.supervisor import Supervisor  # noqa: E402  # as above
from devserver.valkey import Valkey  # noqa: E402  # as above
from devserver.visitor import forms_in  # noqa: E402  # as above

PAGE = "/a/mu-sochua"
LONGEST_P95 = 5.0
PATIENCE = 120.0
# The bulk is under way, not only beginning.
FIRST_ROWS = 200


class Sink:
    """An SMTP server in a thread that accepts everything, keeps nothing, and notes when a signer's mail has come."""

    def __init__(self, signers: str) -> None:
        self.bulk = 0
        self.arrived: dict[str, float] = {}
        self._signers = signers

    def start(self) -> int:
        """The port."""
        port: Future[int] = Future()
        threading.Thread(target=lambda: asyncio.run(self._serve(port)), name="sink", daemon=True).start()
        return port.result()

    async def _serve(self, port: Future[int]) -> None:
        server = await asyncio.start_server(self._converse, "127.0.0.1", 0, limit=1 << 22)
        port.set_result(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 sink ESMTP\r\n")
        recipient = ""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                line = await reader.readuntil(b"\r\n")
                verb = line[:4].upper()
                if verb == b"RCPT":
                    recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                if verb == b"DATA":
                    writer.write(b"354 Go ahead\r\n")
                    await reader.readuntil(b"\r\n.\r\n")
                    self._note(recipient)
                writer.write(
                    b"250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n" if verb == b"EHLO" else b"250 2.0.0 Ok\r\n"
                )
                await writer.drain()

    def _note(self, recipient: str) -> None:
        if recipient.startswith(self._signers):
            self.arrived.setdefault(recipient, time.monotonic())
        else:
            self.bulk += 1


def commands(environment: dict[str, str], *words: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "devserver.preparation", *words],
        check=True,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def launch(folder: Path, environment: dict[str, str], rows: int) -> None:
    people, body = folder / "people.csv", folder / "body.md"
    lines = (f"bulk-{number}@people.test,Ann,Example,en,2026-01-01" for number in range(rows))
    people.write_text("\n".join(["email,first_name,last_name,language,consent_date", *lines]))
    body.write_text((ROOT / "actions/demo/alerts/alert.en.md").read_text())
    commands(
        environment,
        f"supporters import {people} --list updates --evidence bench",
        f"mailings send --list updates --subject Bulk --body {body} --page ilen-varo --yes",
    )


class Signer:
    def __init__(self, port: int) -> None:
        self._port = port
        html = self._ask("GET", f"{PAGE}/sign")
        self._form = next(fields for action, fields in forms_in(html) if action.endswith("/sign"))

    def sign(self, email: str) -> float:
        """When it was begun."""
        typed = {"email": email, "first_name": "Eva", "last_name": "Example", "country": "DE"}
        began = time.monotonic()
        self._ask("POST", f"{PAGE}/sign", urllib.parse.urlencode(self._form | typed))
        return began

    def _ask(self, method: str, path: str, body: str | None = None) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        connection.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == http.client.OK, f"{path} answered {answer.status}"
        return text


def measure(sink: Sink, port: int, seconds: int, rows: int) -> dict[str, object]:
    wait_until(lambda: sink.bulk >= FIRST_ROWS, "the mailing did not begin")
    signer, began = Signer(port), {}
    start, bulk = time.monotonic(), sink.bulk
    for number in range(seconds):
        time.sleep(max(0.0, start + number - time.monotonic()))
        email = f"lanes-{number}@people.test"
        began[email] = signer.sign(email)
    window, went = time.monotonic() - start, sink.bulk - bulk
    if sink.bulk >= rows:
        raise SystemExit(f"{rows} rows were out before the signers were through: take more of them.")
    wait_until(lambda: sink.arrived.keys() >= began.keys(), "a confirmation did not come")
    took = [sink.arrived[email] - moment for email, moment in began.items()]
    percentiles = statistics.quantiles(took, n=20, method="inclusive")
    return {
        "bench": "lanes",
        "bulk_rows": rows,
        "bulk_rate": round(went / window, 1),
        "confirmations": len(took),
        "p50_s": round(percentiles[9], 3),
        "p95_s": round(percentiles[18], 3),
    }


def wait_until(reached: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > deadline:
            raise SystemExit(f"{otherwise} within {PATIENCE:.0f} s")
        time.sleep(0.05)


def run(folder: Path, rows: int, seconds: int, stack: ExitStack) -> dict[str, object]:
    postgres = stack.enter_context(Postgres(folder / "pg", durable=True))
    valkey = stack.enter_context(Valkey(folder / "valkey"))
    sink = Sink("lanes-")
    servers = {
        "DATABASE_URL": create_database(postgres.url(), "bench"),
        "REDIS_URL": valkey.url(),
        "BROKER_URL": valkey.broker_url(),
        "SMTP_URL": f"smtp://127.0.0.1:{sink.start()}?tls=none",
    }
    wishes = Wishes(free_port(), folder, once=False, given={"SMTP_URL": servers["SMTP_URL"]})
    environment = surroundings(settings_for_programs(wishes, servers, {}), wishes)
    # One machine plays everyone.
    environment |= {"NETWORK_BURST": "1000000000", "NETWORK_SUSTAINED": "1000000000"}
    commands(environment, "db upgrade", "demo load")
    launch(folder, environment, rows)
    supervisor = stack.enter_context(Supervisor(folder / "logs"))
    supervisor.start_wave(programs(), environment)
    wait_until(lambda: is_healthy(wishes.base_url), "the web did not become healthy")
    return measure(sink, wishes.port, seconds, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=30_000)
    parser.add_argument("--seconds", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clarion-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        result = run(folder, arguments.rows, arguments.seconds, stack)
    print(json.dumps(result))
    if float(str(result["p95_s"])) > LONGEST_P95:
        raise SystemExit(f"the 95th percentile is above {LONGEST_P95:.0f} s")


if __name__ == "__main__":
    main()
