"""How long it takes to plan which letters go next, with very many waiting.

    python bench/planning.py [--letters 100000] [--targets 200] [--runs 5]

A PostgreSQL of its own on loopback; as many letters are ready for each target. A release first puts on their way what
each office takes at once, and each release after it finds that nobody has room: it asks everything that decides which
letters go, of every target, and writes none. It prints a JSON line:

    {"bench": "planning", "letters", "targets", "released", "release_s", "letter_ms", "plan_s", "screen_s"}

`released` letters took `release_s` in all, one transaction, and so `letter_ms` each. `plan_s` is the median of the
releases without room, and `screen_s` what the desk takes to say when all of them will have gone, in seconds. It ends
with 1 where planning takes more than two.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from flask_migrate import upgrade

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from actions.actors import WORKER  # noqa: E402  # after the path is set
from actions.desk.letter_standing import plans  # noqa: E402  # as above
from actions.extensions import db  # noqa: E402  # as above
from actions.held_rows import rows_held  # noqa: E402  # as above
from actions.letters import counting  # noqa: E402  # as above
from actions.letters.releasing import release_due  # noqa: E402  # as above
from actions.transaction import transaction  # noqa: E402  # as above
from tests.factories.bench import bench_app  # noqa: E402  # as above
from tests.factories.many_letters import make_ready_letters  # noqa: E402  # as above
from tests.factories.organisation import make_list, make_organisation  # noqa: E402  # as above
from tests.factories.pages import make_page, make_target  # noqa: E402  # as above

LONGEST = 2.0


def run(folder: Path, arguments: argparse.Namespace, stack: ExitStack) -> dict[str, object]:
    app = bench_app(folder, stack, durable=False)
    with app.app_context():
        upgrade()
        make_organisation()
        make_list()
        targets = [make_target(f"office-{one}", email=f"o{one}@embassy.test") for one in range(arguments.targets)]
        make_ready_letters(make_page(targets=targets), targets, arguments.letters)
        released, took = timed(release)
        assert released, "no office took any letter"
        idle = [timed(release) for _ in range(arguments.runs)]
        assert not any(number for number, _ in idle), "an office took more than its portion"
        counted = timed(count)[0]
        planned, screen = timed(lambda: len(plans(counting.counted(), arguments.targets)))
        assert (counted, planned) == (True, arguments.targets)
    return {
        "bench": "planning",
        "letters": arguments.letters,
        "targets": arguments.targets,
        "released": released,
        "release_s": round(took, 2),
        "letter_ms": round(1000 * took / released, 2),
        "plan_s": round(statistics.median(seconds for _, seconds in idle), 2),
        "screen_s": round(screen, 2),
    }


def release() -> int:
    """As a worker does it every ten seconds."""
    with transaction(), rows_held():
        return release_due(by=WORKER)


def count() -> bool:
    with transaction():
        return counting.count()


def timed(what: Callable[[], int]) -> tuple[int, float]:
    """(what it answers, seconds)."""
    db.session.expunge_all()
    began = time.perf_counter()
    return what(), time.perf_counter() - began


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=100_000)
    parser.add_argument("--targets", type=int, default=200)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clarion-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        result = run(folder, arguments, stack)
    print(json.dumps(result))
    return int(float(str(result["plan_s"])) > LONGEST)


if __name__ == "__main__":
    sys.exit(main())
