"""`python -m devserver.with_servers --postgres BIN --redis PROGRAM -- COMMAND`: runs COMMAND beside fresh servers.

They are named to it as `TEST_DATABASE_URL` and `TEST_REDIS_URL`. So CI runs the suite on Debian's PostgreSQL and Redis,
which are older than those of the wheels.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from devserver.guard import run_guarded
from devserver.postgres import Postgres
from devserver.processes import CouldNotStart
from devserver.valkey import Valkey


def run_beside(postgres: Path, redis: Path, command: Sequence[str]) -> int:
    """The status of `command`."""
    folder = Path(tempfile.mkdtemp(prefix="clarion-servers-"))
    try:
        with (
            Postgres(folder / "postgres", durable=False, binaries=postgres) as database,
            Valkey(folder / "redis", binary=redis) as broker,
        ):
            given = {"TEST_DATABASE_URL": database.url(), "TEST_REDIS_URL": broker.url()}
            return subprocess.run(command, env={**os.environ, **given}, check=False).returncode
    except CouldNotStart as reason:
        print(reason, file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Run a command beside fresh servers of the machine.")
    parser.add_argument("--postgres", type=Path, required=True, help="the folder with `postgres` and `initdb`")
    parser.add_argument("--redis", type=Path, required=True, help="the program `redis-server`")
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args()
    sys.exit(run_guarded(lambda: run_beside(chosen.postgres, chosen.redis, chosen.command)))


if __name__ == "__main__":
    main()
