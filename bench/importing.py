"""How long it takes to bring in a list of people, and how much memory.

    python bench/importing.py [--rows 100000]

A PostgreSQL of its own on loopback (fsync on). The file is uploaded and taken in as the desk and its worker do it: kept
sealed in pieces, then a batch at a time, each with its resume point in one transaction. Each person is a new one, with
a name, a country, a language and a date of consent. It prints a JSON line:

    {"bench": "importing", "rows", "seconds", "rows_per_s", "memory_mb"}

`seconds` is the worker's time, `memory_mb` the most that its process held.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from flask_migrate import upgrade

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from actions.actors import OPERATOR, WORKER, Actor, Role  # noqa: E402  # after the path is set
from actions.addresses import parse_address  # noqa: E402  # as above
from actions.app import create_app  # noqa: E402  # as above
from actions.extensions import db  # noqa: E402  # as above
from actions.lists.models import MailingList  # noqa: E402  # as above
from actions.lists.queries import the_list  # noqa: E402  # as above
from actions.site.demo import load_demo  # noqa: E402  # as above
from actions.staff.operations import invite  # noqa: E402  # as above
from actions.staff.roles import StaffRole  # noqa: E402  # as above
from actions.transaction import transaction  # noqa: E402  # as above
from actions.transfers import running, uploads  # noqa: E402  # as above
from actions.transfers.models import Transfer, TransferState  # noqa: E402  # as above
from devserver.environment import Wishes, free_port, settings_for_programs  # noqa: E402  # as above
from devserver.postgres import Postgres, create_database  # noqa: E402  # as above
from devserver.valkey import Valkey  # noqa: E402  # as above


def write_people(file: Path, rows: int) -> None:
    with file.open("w") as out:
        out.write("email,first_name,last_name,country,language,consent_date\n")
        for number in range(rows):
            out.write(f"person-{number}@site-{number % 997}.test,Ann {number % 1000},Example,DE,en,2026-01-01\n")


def begun(file: Path) -> int:
    with transaction():
        load_demo(by=OPERATOR)
        joined = the_list()
        member = invite(parse_address("rana@open-door.test"), [StaffRole.EDITOR], by=OPERATOR)
    by = Actor(Role.STAFF, member.id)
    with file.open("rb") as stream, transaction():
        transfer = uploads.keep(stream, by=by)
    with transaction():
        here = db.session.get_one(MailingList, joined.id)
        columns = transfer.reading["columns"]
        running.begin(transfer, here, columns=columns, evidence="bench", consented_at=None, by=by)
    return transfer.id


def measure(file: Path, rows: int) -> dict[str, object]:
    transfer_id = begun(file)
    start = time.monotonic()
    while running.run(transfer_id, by=WORKER):
        pass
    took = time.monotonic() - start
    transfer = db.session.get_one(Transfer, transfer_id, populate_existing=True)
    assert (transfer.state, transfer.joined) == (TransferState.DONE, rows), "not everybody was taken in"
    return {
        "bench": "importing",
        "rows": rows,
        "seconds": round(took, 1),
        "rows_per_s": round(rows / took),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def run(folder: Path, rows: int, stack: ExitStack) -> dict[str, object]:
    postgres = stack.enter_context(Postgres(folder / "pg", durable=True))
    valkey = stack.enter_context(Valkey(folder / "valkey"))
    servers = {
        "DATABASE_URL": create_database(postgres.url(), "bench"),
        "REDIS_URL": valkey.url(),
        "BROKER_URL": valkey.broker_url(),
        "SMTP_URL": "smtp://127.0.0.1:9?tls=none",
    }
    os.environ.update(settings_for_programs(Wishes(free_port(), folder, once=False, given=servers), servers, {}))
    file = folder / "people.csv"
    write_people(file, rows)
    with create_app().app_context():
        upgrade()
        return measure(file, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clarion-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        result = run(folder, arguments.rows, stack)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
