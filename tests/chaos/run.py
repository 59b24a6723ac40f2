"""`python -m tests.chaos.run --seed 7 --recipients 100000`: a mailing through every crash, then the reckoning.

A scripted SMTP server that refuses, puts off, hangs up and drops after the final dot; a worker killed every two
seconds; one stopped past its lease; PostgreSQL stopped at once, Redis emptied, connections cut. Afterwards the
server's own tally, the database and the engine's own log are held against each other. Prints a JSON line for each seed
and ends with 1 where somebody was lost or got more copies than the faults account for.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg

from devserver.environment import ROOT
from devserver.guard import run_guarded
from tests.chaos import ledger, tally
from tests.chaos.faults import Faults
from tests.chaos.reconciling import Findings, reconcile
from tests.chaos.script import Script
from tests.chaos.world import WORKERS, World, running_world

BODY = ROOT / "actions" / "demo" / "alerts" / "alert.en.md"
MOST_LETTERS = 200
# Kills end when so many were reached, so that what was put off can end.
NEARLY_ALL = 0.97
STILL_OPEN = (
    """SELECT count(*) FROM deliveries WHERE ended_at IS NULL AND NOT (lane = 'letters' AND state = 'unknown')"""
)
UNSETTLED = """SELECT (SELECT count(*) FROM mailings WHERE state <> 'sent')
    + (SELECT count(*) FROM letters WHERE state IN ('ready', 'released'))"""
DETAILS = 20


class Reached:
    """How many recipients the server has answered for good, read from its tally as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = 0
        self._who: set[str] = set()

    def count(self) -> int:
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._place)
                lines = file.read().rpartition(b"\n")[0]
            self._place += len(lines) + 1 if lines else 0
            for line in lines.splitlines():
                _, _, recipient, verdict, *_ = json.loads(line)
                if verdict != tally.Verdict.PUT_OFF:
                    self._who.add(recipient)
        return len(self._who)


def run(folder: Path, seed: int, recipients: int) -> bool:
    """Whether all was well; prints the line."""
    began = time.monotonic()
    letters = min(MOST_LETTERS, recipients // 50)
    people = ("--recipients", recipients, "--letters", letters, "--release", BODY)
    with running_world(folder, seed) as world:
        world.run_module("tests.chaos.people", *people)
        faults = Faults(world, seed)
        world.start_workers(*WORKERS, "beat")
        in_time = _send(world, faults, recipients, time.monotonic() + 120 + recipients / 50)
        world.run_module("tests.chaos.ledger", into=folder / "ledger")
        states = world.rows("SELECT state, audience FROM mailings")
        said = "" if in_time else world.said()
    rows, notes = ledger.read(folder / "ledger"), list(tally.read(folder / "tally"))
    found = reconcile(rows, notes, Script(seed), world.log.excused())
    in_mailing = sum(row.mailing is not None for row in rows)
    if states != [("sent", in_mailing)] or in_mailing != recipients:
        found.disagreements.append(f"the mailings are {states}, with {in_mailing} rows for {recipients} people")
    _report(seed, recipients, faults, found, time.monotonic() - began)
    print(said, end="", file=sys.stderr)
    return in_time and found.are_good


def _send(world: World, faults: Faults, recipients: int, deadline: float) -> bool:
    """False if it did not come to its end in time."""
    reached = Reached(world.tally)
    while reached.count() < recipients * NEARLY_ALL and time.monotonic() < deadline:
        faults.do_due(reached.count() / recipients)
        world.revive()
        time.sleep(0.05)
    faults.do_due(1.0)
    faults.resume()
    return wait(partial(is_over, world), deadline)


def is_over(world: World) -> bool:
    world.revive()
    try:
        return world.rows(STILL_OPEN) == [(0,)] and world.rows(UNSETTLED) == [(0,)]
    except psycopg.OperationalError:
        return False


def wait(reached: Callable[[], bool], deadline: float) -> bool:
    while not reached():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
    return True


def _report(seed: int, recipients: int, faults: Faults, found: Findings, seconds: float) -> None:
    counts = {name: faults.counts[name] for name in ("kills", "stops", "cuts", "redis_restarts", "postgres_stops")}
    line = {
        "chaos": seed,
        "recipients": recipients,
        **counts,
        "lost": len(found.lost),
        "extra": found.extra,
        "bound": found.bound,
        "letters_twice": len(found.letters_twice),
        "disagreements": len(found.disagreements),
        "seconds": round(seconds, 1),
    }
    print(json.dumps(line), flush=True)
    details = [f"lost: {row}" for row in found.lost] + [f"letter twice: {row}" for row in found.letters_twice]
    print("\n".join([*details, *found.disagreements][:DETAILS]), file=sys.stderr, flush=True)


def run_seeds(seeds: list[int], recipients: int, keep: Path | None) -> int:
    for seed in seeds:
        folder = Path(tempfile.mkdtemp(prefix=f"clarion-chaos-{seed}-", dir=keep))
        folder.chmod(0o755)
        try:
            if not run(folder, seed, recipients):
                return 1
        finally:
            if keep is None:
                shutil.rmtree(folder, ignore_errors=True)
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, action="append", required=True, help="may be given several times")
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="leave logs and tally of each run in a folder in here")
    chosen = parser.parse_args()
    sys.exit(run_guarded(lambda: run_seeds(chosen.seed, chosen.recipients, chosen.keep)))


if __name__ == "__main__":
    main()
