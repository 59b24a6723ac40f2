"""How long it takes to bring in a list of people and to take it out again, how much memory, and whether all is right.

    python bench/importing.py [--rows 1000000]

A PostgreSQL of its own on loopback (fsync on), Valkey, and a worker as the Procfile has it. The file is received and
begun as the desk does it; from then on only the worker works, a turn at a time, each batch and its resume point in one
transaction. In the middle of the file the worker is killed with SIGKILL and started again. Most rows are a new person
with a name, a country, a language and a date of consent; of each hundred one repeats the row before it, one somebody
far above, one has no address, one has no date of consent, and one is of somebody who wants no mail. Then the worker
takes the list out again, and what it wrote is compared with what was brought in, row by row. It prints a JSON line:

    {"bench": "importing", "rows", "seconds", "rows_per_s", "received_s", "killed_at", "cpu_s", "memory_mb", "exported",
     "exported_s", "load"}

`seconds` is from the begin to the end, with the kill and the start of the next worker in it; `cpu_s` what worker and
PostgreSQL used of the processor, since other work on the machine stretches the first; `memory_mb` what the worker's
process held in the first tenth of the file, and the most that one ever did. It stops where a count is not exactly what
the file holds, where somebody is there twice, where memory grew, and where the list does not come out as it went in.
"""

import argparse
import csv
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
from flask_migrate import upgrade
from sqlalchemy import func, insert, select

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from actions import clock, outbox  # noqa: E402  # after the path is set
from actions.actors import OPERATOR, Actor, Role  # noqa: E402  # as above
from actions.addresses import parse_address  # noqa: E402  # as above
from actions.app import create_app  # noqa: E402  # as above
from actions.consents.models import Consent  # noqa: E402  # as above
from actions.exports import operations as exports  # noqa: E402  # as above
from actions.exports.models import Export, ExportReason, ExportState  # noqa: E402  # as above
from actions.exports.queries import rows_of  # noqa: E402  # as above
from actions.exports.rows import HEAD  # noqa: E402  # as above
from actions.extensions import Base, db  # noqa: E402  # as above
from actions.lists.models import MailingList  # noqa: E402  # as above
from actions.lists.queries import the_list  # noqa: E402  # as above
from actions.site.demo import load_demo  # noqa: E402  # as above
from actions.staff.operations import invite  # noqa: E402  # as above
from actions.staff.roles import StaffRole  # noqa: E402  # as above
from actions.supporters.models import Supporter  # noqa: E402  # as above
from actions.suppressions.models import Suppression, SuppressionReason  # noqa: E402  # as above
from actions.transaction import transaction  # noqa: E402  # as above
from actions.transfers import receiving, running  # noqa: E402  # as above
from actions.transfers.models import PartKind, Transfer, TransferPart, TransferState  # noqa: E402  # as above
from devserver.environment import Wishes, free_port, settings_for_programs, surroundings  # noqa: E402  # as above
from devserver.postgres import Postgres, create_database  # noqa: E402  # as above
from devserver.processes import end_now, last_lines, start_child  # noqa: E402  # as above
from devserver.valkey import Valkey  # noqa: E402  # as above

WORKER = (
    "celery -A celery_app worker -Q letters,bulk -c 1 -n bench@%h --without-gossip --without-mingle --without-heartbeat"
)
NAMES = ("Ann", "Zoë", "សុខា", "مريم", "O’Neill", "Ana María", "Jürgen", "Nguyễn", "Søren", "Łucja")
# Of each hundred rows, the one of this number.
NO_ADDRESS, NO_MAIL, AGAIN, FAR_AGAIN, NO_DATE = 7, 23, 41, 59, 77
# Longer ago than a batch, in rows.
FAR = 10_000
# What fragments of a heap may add; a file that were held would be more.
GROWTH_MB = 40
PATIENCE = 3600.0


def address(number: int) -> str:
    return f"person-{number}@site-{number % 997}.test"


def write_people(file: Path, rows: int) -> Counter[str]:
    """How many of each outcome there must be."""
    counts: Counter[str] = Counter()
    with file.open("w", encoding="utf-8") as out:
        out.write("email,first_name,last_name,country,language,consent_date\n")
        for number in range(rows):
            kind = number % 100
            email, date, outcome = address(number), "2026-01-01", "joined"
            if kind == NO_ADDRESS:
                email, outcome = f"nobody {number}", "refused"
            elif kind == NO_MAIL:
                outcome = "refused"
            elif kind == AGAIN:
                email, outcome = address(number - 1), "merged"
            elif kind == FAR_AGAIN and number >= FAR:
                email, outcome = address(number - FAR + 1), "known"
            elif kind == NO_DATE:
                date, outcome = "", "waiting"
            counts[outcome] += 1
            out.write(f"{email},{NAMES[number % 10]} {number % 1000},Example,DE,en,{date}\n")
    return counts


def suppress_some(rows: int) -> None:
    wanted = (parse_address(address(number)).hash for number in range(NO_MAIL, rows, 100))
    same = {"reason": SuppressionReason.COMPLAINT, "created_at": clock.now()}
    db.session.execute(insert(Suppression), [{"address_hash": one, **same} for one in wanted])


def received(file: Path, rows: int) -> tuple[Transfer, MailingList, Actor]:
    with transaction():
        load_demo(by=OPERATOR)
        joined = the_list()
        member = invite(parse_address("rana@open-door.test"), [StaffRole.EDITOR], by=OPERATOR)
        suppress_some(rows)
    by = Actor(Role.STAFF, member.id)
    with file.open("rb") as stream:
        return receiving.receive(stream, by=by), joined, by


class Worker:
    """One at a time; what all of them used is added up."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._environment, self._log = environment, log
        self._ended_cpu = 0.0
        self.most_memory = 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", *WORKER.split()]
        self._program = start_child(
            command, log=self._log, env=self._environment, cwd=ROOT, death_signal=signal.SIGKILL
        )
        await_(lambda: bool(self.memory()), "a worker starts")

    def kill(self) -> None:
        self._ended_cpu = self.cpu()
        self.end()

    def end(self) -> None:
        children = self._children() if self._program.poll() is None else []
        self._program.kill()
        self._program.wait()
        end_now(children)

    def cpu(self) -> float:
        assert self._program.poll() is None, f"the worker ended:\n{last_lines(self._log)}"
        used = (process.cpu_times() for process in (psutil.Process(self._program.pid), *self._children()))
        return self._ended_cpu + sum(one.user + one.system for one in used)

    def memory(self) -> int:
        """Megabytes of the process that does the work."""
        assert self._program.poll() is None, f"the worker ended:\n{last_lines(self._log)}"
        held = max((process.memory_info().rss for process in self._children()), default=0) // 1024**2
        self.most_memory = max(self.most_memory, held)
        return held

    def _children(self) -> list[psutil.Process]:
        return psutil.Process(self._program.pid).children(recursive=True)


def await_(reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.25)


def measure(transfer_id: int, rows: int, worker: Worker) -> dict[str, object]:
    """Once it was begun."""

    def now() -> Transfer:
        db.session.rollback()
        return db.session.get_one(Transfer, transfer_id, populate_existing=True)

    def after(part: float) -> bool:
        worker.memory()
        transfer = now()
        return transfer.state is not TransferState.RUNNING or transfer.rows_done >= rows * part

    await_(lambda: after(0.1), "a tenth is in")
    early = worker.memory()
    await_(lambda: after(0.5), "half of it is in")
    worker.kill()
    killed_at = now().rows_done
    assert killed_at < rows, "it was over before it could be interrupted"
    worker.start()
    # As beat does every ten seconds.
    outbox.send("workers.transfers.sweep", lane=running.LANE)
    await_(lambda: after(2), "all of it is in")
    assert worker.most_memory - early < GROWTH_MB, f"memory grew from {early} MB to {worker.most_memory}"
    return {"killed_at": killed_at, "memory_mb": {"early": early, "most": worker.most_memory}}


def check(transfer_id: int, rows: int, counts: Counter[str], before: Counter[str]) -> None:
    transfer = db.session.get_one(Transfer, transfer_id, populate_existing=True)
    assert (transfer.state, transfer.rows, transfer.rows_done) == (TransferState.DONE, rows, rows), transfer.state
    found = {name: getattr(transfer, name) for name in ("joined", "waiting", "known", "merged", "refused")}
    assert found == dict(counts), f"{found} and not {dict(counts)}"
    new = {name: count - before[name] for name, count in there().items()}
    people = counts["joined"] + counts["waiting"]
    assert new == {"supporters": people, "consents": counts["joined"]}, new
    kept = select(TransferPart).where(TransferPart.transfer_id == transfer_id)
    assert {part.kind for part in db.session.scalars(kept)} == {PartKind.REFUSED}, "the file is still there"
    lines = sum((part.content or "").count("\r\n") for part in db.session.scalars(kept))
    assert lines == counts["refused"], f"{lines} lines of refused rows"


def take_out(joined: MailingList, worker: Worker, *, by: Actor) -> Export:
    with transaction():
        export_id = exports.ask(joined, ExportReason.COPY, by=by).id

    def is_ready() -> bool:
        worker.memory()
        db.session.rollback()
        return db.session.get_one(Export, export_id, populate_existing=True).state is ExportState.READY

    await_(is_ready, "the list is taken out")
    return db.session.get_one(Export, export_id)


def compare(file: Path, export: Export) -> None:
    """Whoever joined came out once, with what the file said of them."""
    out = {row["email"]: row for row in _written(export)}
    assert len(out) == export.done, "somebody is in it twice"
    with file.open(encoding="utf-8", newline="") as source:
        for number, row in enumerate(csv.DictReader(source)):
            if number % 100 not in {NO_ADDRESS, NO_MAIL, AGAIN, FAR_AGAIN, NO_DATE} or (
                number % 100 == FAR_AGAIN and number < FAR
            ):
                assert out.pop(row["email"]) == row, f"row {number} came out changed"
    assert not out, f"{len(out)} came out who never joined"


def _written(export: Export) -> Iterator[dict[str, str]]:
    """The columns that the file has too."""
    for number in range(export.parts):
        for row in rows_of(export.id, number):
            named = dict(zip(HEAD, map(str, row[1:]), strict=True))
            assert not named.pop("tags")
            yield named
        db.session.rollback()


def there() -> Counter[str]:
    tables: dict[str, type[Base]] = {"supporters": Supporter, "consents": Consent}
    return Counter(
        {name: db.session.scalar(select(func.count()).select_from(one)) or 0 for name, one in tables.items()}
    )


def used_by(server: psutil.Process) -> float:
    """Seconds of the processor, with the children that are gone."""
    own = server.cpu_times()
    ended = own.children_user + own.children_system
    return ended + sum(one.user + one.system for one in (own, *(child.cpu_times() for child in server.children())))


def run(folder: Path, rows: int, stack: ExitStack) -> dict[str, object]:
    assert running.BATCH % 100 == 0, "a row and the one before it are no longer in one batch"
    postgres = stack.enter_context(Postgres(folder / "pg", durable=True))
    valkey = stack.enter_context(Valkey(folder / "valkey"))
    servers = {
        "DATABASE_URL": create_database(postgres.url(), "bench"),
        "REDIS_URL": valkey.url(),
        "BROKER_URL": valkey.broker_url(),
        "SMTP_URL": "smtp://127.0.0.1:9?tls=none",
    }
    wishes = Wishes(free_port(), folder, once=False, given=servers)
    settings = settings_for_programs(wishes, servers, {})
    os.environ.update(settings)
    file = folder / "people.csv"
    counts = write_people(file, rows)
    with create_app().app_context():
        upgrade()
        began = time.monotonic()
        transfer, joined, by = received(file, rows)
        received_s, before = time.monotonic() - began, there()
        worker = Worker(surroundings(settings, wishes), folder / "worker.log")
        stack.callback(worker.end)
        assert postgres.process is not None
        server = psutil.Process(postgres.process.pid)
        columns = transfer.reading["columns"]
        start = time.monotonic()
        with transaction():
            running.begin(transfer, joined, columns=columns, evidence="bench", consented_at=None, by=by)
        found = measure(transfer.id, rows, worker)
        took = time.monotonic() - start
        check(transfer.id, rows, counts, before)
        cpu = {"worker": round(worker.cpu()), "postgres": round(used_by(server))}
        start = time.monotonic()
        export = take_out(joined, worker, by=by)
        exported_s = time.monotonic() - start
        compare(file, export)
    return {
        "bench": "importing",
        "rows": rows,
        "seconds": round(took, 1),
        "rows_per_s": round(rows / took),
        "received_s": round(received_s, 1),
        **found,
        "cpu_s": cpu,
        "exported": export.done,
        "exported_s": round(exported_s, 1),
        "load": round(os.getloadavg()[1], 1),
        "counts": dict(counts),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clarion-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        result = run(folder, arguments.rows, stack)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
