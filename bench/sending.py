"""How fast a mailing goes out, beside how fast a C load generator pushes fixed bytes into the same SMTP server.

    python bench/sending.py [--recipients 100000] [--bytes 15000] [--processes 2] [--connections 10] [--runs 5]
                            [--delay 0.02] [--tls] [--finished 10000000] [--profile]

Real parts on loopback: PostgreSQL (fsync on, synchronous_commit on), Valkey, Celery workers as the Procfile starts
them, encrypted addresses, a durable row per recipient. The server is Postfix's smtp-sink, the limit smtp-source with as
many sessions. Each run measures first the limit and then the mailing, from its launch to its last recorded answer.
`--delay` puts a line between that is so many seconds slow each way, for both (smtp-source waits for each command's
answer); `--tls` one that speaks TLS, for the mailing alone, since smtp-source cannot. `--finished` fills the ledger
with rows of the past first. `--profile` sends from one process that is looked into.

One JSON line, the median of the runs by `ratio`; times of a message in microseconds of CPU:

    {"bench": "sending", "messages", "bytes", "connections", "processes", "rate", "limit_rate", "ratio", "ratios",
     "freeze_s", "claim_ms", "memory_mb", "cpu_us": {"engine", "postgres"}, "parts": {"fill", "smtp", "ledger", "rest"}}
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import structlog  # noqa: E402  # after the path is set
from flask import current_app  # noqa: E402  # as above
from flask_migrate import upgrade  # noqa: E402  # as above
from sqlalchemy import select, text  # noqa: E402  # as above

from actions import clock  # noqa: E402  # as above
from actions.actors import OPERATOR  # noqa: E402  # as above
from actions.app import create_app  # noqa: E402  # as above
from actions.config import settings  # noqa: E402  # as above
from actions.deliveries.models import Delivery, DeliveryState, Lane  # noqa: E402  # as above
from actions.extensions import db  # noqa: E402  # as above
from actions.lists.models import MailingList  # noqa: E402  # as above
from actions.mailings.models import Mailing, MailingKind  # noqa: E402  # as above
from actions.mailings.operations import Words, draft_mailing, launch  # noqa: E402  # as above
from actions.mailings.queries import has_open_rows  # noqa: E402  # as above
from actions.pages.queries import page_by_slug  # noqa: E402  # as above
from actions.site.demo import load_demo  # noqa: E402  # as above
from actions.transaction import transaction  # noqa: E402  # as above
from devserver.costs import children_of, peak_memory, seconds_of, seconds_of_family  # noqa: E402  # as above
from devserver.crowd import gather  # noqa: E402  # as above
from devserver.load import limit, line, sink  # noqa: E402  # as above
from devserver.postgres import Postgres, create_database  # noqa: E402  # as above
from devserver.sampling import Sampler  # noqa: E402  # as above
from devserver.valkey import Valkey  # noqa: E402  # as above
from tests.factories.certificates import Authority  # noqa: E402  # as above
from workers.sending import ledger  # noqa: E402  # as above
from workers.sending.assembly import assemble  # noqa: E402  # as above
from workers.sending.dispatch import drain  # noqa: E402  # as above

PAGE = "ilen-varo"
LINKS = ["https://open-door.test/archive/2026/" + str(number) for number in range(8)]
PARAGRAPH = (
    "<p>{{first_name|friend}}, the court has set the hearing for Thursday, and the embassy reads every letter. "
    'Read <a href="%s">what the observers saw</a> and tell one person who has not heard of it.</p>'
)
FILLER = "<p>Nobody should go to prison for standing in a square with a candle, and those who send people there count "
FILLER += "on our looking away. We do not, and this is what happened since we wrote to you last.</p>"
PATIENCE = 1800.0
SENDING = ("smtp.py", "smtp.py", "channel.py", "turn.py", "framing.py", "replies.py", "asyncio/selector_events.py")
PARTS = {
    "fill": ("stencil.py", "composing.py", "tokens.py", "identity.py", "encryption.py", "headers.py", "readers.py"),
    "smtp": SENDING,
    "ledger": ("ledger.py", "statements.py", "sqlalchemy/", "psycopg/", "transaction.py"),
}


def words(filler: int) -> list[dict[str, object]]:
    paragraphs = [PARAGRAPH % link for link in LINKS] + [FILLER] * filler
    return [
        {"type": "heading", "text": "They are still in prison", "level": 2},
        {"type": "text", "html": "".join(paragraphs)},
        {"type": "button", "text": "Write to the ambassador", "url": "act"},
    ]


def draft(key: str, filler: int) -> Mailing:
    with transaction():
        return draft_mailing(
            MailingKind.ALERT,
            key=key,
            words=[Words(language="en", subject="{{first_name|friend}}, they need you", blocks=words(filler))],
            mailing_list=db.session.scalars(select(MailingList).where(MailingList.slug == "updates")).one(),
            page=page_by_slug(PAGE),
            by=OPERATOR,
        )


def launched(key: str, filler: int) -> tuple[Mailing, float]:
    """The mailing, and the seconds that its launch took."""
    mailing = draft(key, filler)
    began = time.perf_counter()
    with transaction():
        launch(mailing, by=OPERATOR)
    return mailing, time.perf_counter() - began


def size_of_one() -> int:
    """Octets of the first message that waits."""
    with transaction():
        claims = ledger.claim(Lane.BULK, most=1, lease=settings().lease, moment=clock.now())
    size = len(next(iter(assemble(claims, clock.now()).messages.values())).content)
    with transaction():
        ledger.settle([ledger.Verdict(row.id, row.fence, DeliveryState.QUEUED) for row in claims], moment=clock.now())
    return size


def await_end(mailing_id: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        db.session.rollback()
        if not has_open_rows(db.session.get_one(Mailing, mailing_id)):
            return
        if time.monotonic() > deadline:
            raise SystemExit("the mailing did not end")
        time.sleep(0.1)


class Workers:
    """Celery's, on the lane bulk."""

    def __init__(self, environment: dict[str, str], processes: int) -> None:
        pool = ["-c", str(processes)]
        command = [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "-Q", "bulk", *pool, "-l", "ERROR"]
        self._program = subprocess.Popen(command, cwd=ROOT, env=environment)
        deadline = time.monotonic() + 60
        while len(self.pids()) < processes:
            if time.monotonic() > deadline:
                raise SystemExit("the workers did not start")
            time.sleep(0.2)
        time.sleep(1.0)

    def work(self) -> None:
        """The launch has nudged them."""

    def parts(self) -> dict[str, float]:
        return {}

    def pids(self) -> list[int]:
        return children_of(self._program.pid)

    def cpu(self) -> float:
        return sum(seconds_of(pid) for pid in self.pids())

    def memory(self) -> float:
        """Megabytes of the largest (resident)."""
        return max(peak_memory(pid) for pid in self.pids())

    def stop(self) -> None:
        self._program.terminate()
        self._program.wait()


class Inside(Workers):
    """This very process, and where its time goes."""

    def __init__(self, environment: dict[str, str], _processes: int) -> None:
        chosen = current_app.config["SETTINGS"].model_copy(update={"smtp_url": environment["SMTP_URL"]})
        current_app.config["SETTINGS"] = chosen
        self._sampler = Sampler(PARTS)

    def work(self) -> None:
        with self._sampler:
            drain(Lane.BULK, is_stopping=lambda: False, seconds=PATIENCE)

    def parts(self) -> dict[str, float]:
        return {part: round(share, 3) for part, share in self._sampler.shares().items()}

    def pids(self) -> list[int]:
        return [os.getpid()]

    def stop(self) -> None:
        pass


def certified(arguments: argparse.Namespace) -> list[str]:
    authority = Authority(arguments.folder)
    arguments.environment["SSL_CERT_FILE"] = str(authority.file)
    certificate, key = authority.issue("localhost")
    return ["--certificate", str(certificate), "--key", str(key)]


def one_run(number: int, arguments: argparse.Namespace, filler: int, server: Postgres) -> dict[str, Any]:
    environment = arguments.environment
    with ExitStack() as stack:
        port = stack.enter_context(sink())
        if arguments.delay:
            port = stack.enter_context(line(port, "--delay", str(arguments.delay)))
        limit_rate = limit(port, sessions=arguments.connections, messages=arguments.recipients, size=arguments.bytes)
        tls = "none"
        if arguments.tls:
            tls = "implicit"
            port = stack.enter_context(line(port, *certified(arguments)))
        environment["SMTP_URL"] = f"smtp://localhost:{port}?tls={tls}&connections={arguments.connections}"
        workers = (Inside if arguments.profile else Workers)(environment, arguments.processes)
        try:
            assert server.process is not None
            engine, postgres = workers.cpu(), seconds_of_family(server.process.pid)
            began = time.perf_counter()
            mailing, freezing = launched(f"bench {number}", filler)
            ready = time.perf_counter()
            workers.work()
            await_end(mailing.id)
            seconds = time.perf_counter() - ready
            sent = db.session.scalars(
                select(text("count(*)"))
                .select_from(Delivery)
                .where(Delivery.mailing_id == mailing.id)
                .where(Delivery.state == DeliveryState.SENT)
            ).one()
            if sent != arguments.recipients:
                raise SystemExit(f"{sent} of {arguments.recipients} are recorded as sent")
            return {
                "rate": sent / seconds,
                "limit_rate": limit_rate,
                "ratio": sent / seconds / limit_rate,
                "freeze_s": freezing,
                "seconds": time.perf_counter() - began,
                "memory_mb": workers.memory(),
                "engine_us": (workers.cpu() - engine) / sent * 1e6,
                "postgres_us": (seconds_of_family(server.process.pid) - postgres) / sent * 1e6,
                "parts": workers.parts(),
            }
        finally:
            workers.stop()


def measure(arguments: argparse.Namespace, server: Postgres) -> None:
    finish(arguments.finished)
    filler = fitting(arguments.bytes)
    runs = [one_run(number, arguments, filler, server) for number in range(arguments.runs)]
    median = sorted(runs, key=lambda run: run["ratio"])[len(runs) // 2]
    line: dict[str, Any] = {
        "bench": "sending",
        "messages": arguments.recipients,
        "bytes": arguments.size,
        "connections": arguments.connections,
        "processes": arguments.processes,
        "rate": round(median["rate"]),
        "limit_rate": round(median["limit_rate"]),
        "ratio": round(median["ratio"], 3),
        "ratios": [round(run["ratio"], 3) for run in runs],
        "freeze_s": round(statistics.median(run["freeze_s"] for run in runs), 2),
        "claim_ms": claim_time(filler),
        "memory_mb": round(max(run["memory_mb"] for run in runs)),
        "cpu_us": {"engine": round(median["engine_us"]), "postgres": round(median["postgres_us"])},
    }
    if arguments.profile:
        line["parts"] = median["parts"]
    print(json.dumps(line), flush=True)


def finish(rows: int) -> None:
    """Deliveries of the past."""
    if rows:
        with transaction():
            db.session.execute(
                text(
                    "INSERT INTO deliveries (lane, kind, state, language, variant, supporter_id, queued_at, due_at,"
                    " give_up_at, attempts, fence, ended_at) SELECT 'bulk', 'newsletter', 'sent', 'en', '',"
                    " (SELECT min(id) FROM supporters), moment, moment, moment, 1, 1, moment"
                    " FROM generate_series(1, :rows), (SELECT now() - interval '1 day' AS moment) AS day"
                ),
                {"rows": rows},
            )
        db.session.connection().execute(text("ANALYZE deliveries"))
        db.session.commit()


def claim_time(filler: int) -> float:
    """Milliseconds of claiming 1,000 rows, the median of nine; they are given back each time."""
    launched("claims", filler)
    times = []
    for _ in range(9):
        began = time.perf_counter()
        ledger.claim(Lane.BULK, most=1000, lease=settings().lease, moment=clock.now())
        times.append(time.perf_counter() - began)
        db.session.rollback()
    return round(statistics.median(times) * 1000, 1)


def fitting(wanted: int) -> int:
    """How many filler paragraphs make a message of about so many octets."""
    sizes = []
    for filler in (0, 10):
        mailing, _ = launched(f"size {filler}", filler)
        sizes.append(size_of_one())
        with transaction():
            db.session.execute(text("DELETE FROM deliveries WHERE mailing_id = :id"), {"id": mailing.id})
            db.session.execute(text("UPDATE mailings SET state = 'cancelled', ended_at = now()"))
    return max(0, round((wanted - sizes[0]) / (sizes[1] - sizes[0]) * 10))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--bytes", type=int, default=15_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--finished", type=int, default=0)
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    arguments.size = arguments.bytes
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="clarion-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        arguments.folder = folder
        with Postgres(folder / "pg", durable=True) as server, Valkey(folder / "valkey") as redis:
            chosen = {
                "DATABASE_URL": create_database(server.url(), "bench"),
                "REDIS_URL": redis.url(),
                "BASE_URL": "https://act.open-door.test",
                "MAIL_FROM": "hello@open-door.test",
                "BOUNCE_DOMAIN": "bounce.open-door.test",
                "SECRET_KEYS": "bench-secret-0123456789-abcdefghijklmnop",
                "ENCRYPTION_KEYS": "bench-encryption-0123456789-abcdefghij",
                "MEDIA_DIR": str(folder / "media"),
            }
            os.environ.update(chosen)
            arguments.environment = dict(os.environ)
            app = create_app()
            with app.app_context():
                upgrade(str(ROOT / "actions" / "migrations"))
                with transaction():
                    load_demo(by=OPERATOR)
                gather(arguments.recipients, "updates")
                measure(arguments, server)
                db.session.remove()
                db.engine.dispose()


if __name__ == "__main__":
    main()
