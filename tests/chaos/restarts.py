"""`python -m tests.chaos.restarts --restarts 50`: workers ended by SIGTERM and started again while a mailing goes out.

A relay that takes a moment for each message. Nobody may get two copies, and no state may be unknown, as nothing was
killed (O-10). Prints a JSON line and ends with 1 otherwise.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from devserver.guard import run_guarded
from tests.chaos import ledger
from tests.chaos.doorman import doorman
from tests.chaos.reconciling import reconcile
from tests.chaos.run import BODY, is_over, wait
from tests.chaos.script import Kind
from tests.chaos.world import BEAT, WORKERS, World, running_world

PER_RESTART = 1000
SECONDS_A_MESSAGE = 0.05
# A worker is ended once the relay got so much more since the last one was.
UNDER_WAY = 200
PATIENCE = 60.0


def run(folder: Path, restarts: int) -> bool:
    began = time.monotonic()
    recipients = restarts * PER_RESTART
    with (
        doorman(Kind(SECONDS_A_MESSAGE), folder / "tally") as server,
        running_world(folder, 0, server.port) as world,
    ):
        world.run_module("tests.chaos.people", "--recipients", recipients, "--letters", 20, BODY)
        world.start_workers(*WORKERS, *BEAT)
        under_load = sum(_restart(world, folder / "tally", number) for number in range(restarts))
        in_time = wait(lambda: is_over(world), time.monotonic() + PATIENCE + recipients / 50)
        world.run_module("tests.chaos.ledger", into=folder / "ledger")
        notes = server.notes
    found = reconcile(ledger.read(folder / "ledger"), notes, Kind(), {})
    line = {
        "restarts": restarts,
        "under_load": under_load,
        "recipients": recipients,
        "lost": len(found.lost),
        "extra": found.extra,
        "letters_twice": len(found.letters_twice),
        "disagreements": len(found.disagreements),
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(line), flush=True)
    print("\n".join(found.disagreements[:20]), file=sys.stderr)
    return in_time and found.are_good and under_load == restarts


def _restart(world: World, tally: Path, number: int) -> bool:
    """One worker after the other; whether the mailing was going on."""
    names = list(WORKERS)
    name = names[number % len(names)]
    lines = _lines(tally)
    is_going = wait(lambda: _lines(tally) >= lines + UNDER_WAY, time.monotonic() + PATIENCE)
    world.stop_worker(name)
    world.start_workers(name)
    return is_going


def _lines(tally: Path) -> int:
    return tally.read_bytes().count(b"\n")


def run_in_folder(restarts: int) -> int:
    with tempfile.TemporaryDirectory(prefix="clarion-restarts-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        return 0 if run(folder, restarts) else 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--restarts", type=int, default=50)
    chosen = parser.parse_args()
    sys.exit(run_guarded(lambda: run_in_folder(chosen.restarts)))


if __name__ == "__main__":
    main()
