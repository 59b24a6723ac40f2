"""How fast each screen of the desk answers, with as many people as a large group has.

    python bench/desk.py [--size large] [--runs 5]

A PostgreSQL of its own on loopback, filled by `demo seed` (large: 1,000,000 people, 2,000,000 signatures, 10,000,000
deliveries, and one mailing to everybody that is half-way). Each screen is asked for in this process, once to warm up.
It prints a JSON line:

    {"bench": "desk", "size", "seed_s", "counting_s", "tagged_s", "screens", "slowest": [[path, ms], ...],
     "over_150_ms": [...]}

`counting_s` is what a worker takes to add up the mailing that is under way, `tagged_s` what it takes to count everybody
who carries the tag that takes longest. `slowest` are medians in milliseconds, the
database's time included.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import func, select

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from actions.actors import OPERATOR  # noqa: E402  # after the path is set
from actions.extensions import db  # noqa: E402  # as above
from actions.mailings import tallies  # noqa: E402  # as above
from actions.mailings.models import Mailing, MailingState  # noqa: E402  # as above
from actions.pages.models import Page  # noqa: E402  # as above
from actions.segments.queries import how_many  # noqa: E402  # as above
from actions.segments.rules import HasTag  # noqa: E402  # as above
from actions.site.demo import load_demo  # noqa: E402  # as above
from actions.site.seeding import SIZES, seed  # noqa: E402  # as above
from actions.staff.access import ROLE  # noqa: E402  # as above
from actions.staff.roles import StaffRole  # noqa: E402  # as above
from actions.supporters.models import Supporter  # noqa: E402  # as above
from actions.tags.models import Tag  # noqa: E402  # as above
from actions.tags.queries import vocabulary  # noqa: E402  # as above
from actions.transaction import transaction  # noqa: E402  # as above
from tests.factories.bench import bench_app  # noqa: E402  # as above
from tests.factories.staff import a_browser, make_staff, sign_in  # noqa: E402  # as above

LIMIT_MS = 150
SHOWN = 12


def paths(app: Flask) -> list[str]:
    """Every screen that a member can look at, with the ids of rows that are there: of mailings one that is over, one
    under way and one that is being written.
    """
    ids: dict[str, object] = {
        "page_id": db.session.scalars(select(Page.id).order_by(Page.signature_count.desc())).first(),
        "person_id": db.session.scalars(select(Supporter.id).limit(1)).first(),
        "language": "en",
    }
    mailings = db.session.scalars(select(func.max(Mailing.id)).group_by(Mailing.state))
    each = [ids | {"mailing_id": mailing_id} for mailing_id in mailings] or [ids]
    found = {
        app.url_for(rule.endpoint, _external=False, **{name: one[name] for name in rule.arguments})
        for rule in app.url_map.iter_rules()
        if hasattr(app.view_functions[rule.endpoint], ROLE)
        for one in each
        if "GET" in (rule.methods or ()) and rule.arguments <= set(one)
    }
    return sorted(found)


def measure(client: FlaskClient, path: str, runs: int) -> float | None:
    """The median in milliseconds; None for what answers nothing here."""
    if client.get(path).status_code != 200:  # noqa: PLR2004  # OK
        return None
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        client.get(path)
        times.append(time.perf_counter() - began)
    return round(statistics.median(times) * 1000, 1)


def count_tagged(tag: Tag) -> float:
    how_many(HasTag(tag.id))
    began = time.perf_counter()
    how_many(HasTag(tag.id))
    return time.perf_counter() - began


def run(folder: Path, arguments: argparse.Namespace, stack: ExitStack) -> dict[str, object]:
    app = bench_app(folder, stack, durable=False, STAFF_SECOND_FACTOR="optional")
    client = a_browser(app)
    with app.test_request_context():
        upgrade()
        began = time.perf_counter()
        with transaction():
            load_demo(by=OPERATOR)
            seed(SIZES[arguments.size], by=OPERATOR)
            # No worker runs here.
            halfway = db.session.scalars(select(Mailing).where(Mailing.state == MailingState.PAUSED)).one()
            halfway.state = MailingState.SENDING
        seconds = time.perf_counter() - began
        member, screens = make_staff(StaffRole.ADMIN), paths(app)
        sign_in(client, member)
        db.session.rollback()
    with app.app_context():
        began = time.perf_counter()
        tallies.count(db.session.scalars(select(Mailing).where(Mailing.state == MailingState.SENDING)).one())
        counting = time.perf_counter() - began
        tagged = max(map(count_tagged, vocabulary().here()))
    taken = {path: took for path in screens if (took := measure(client, path, arguments.runs)) is not None}
    slowest = sorted(taken.items(), key=lambda one: -one[1])
    return {
        "bench": "desk",
        "size": arguments.size,
        "seed_s": round(seconds),
        "counting_s": round(counting, 1),
        "tagged_s": round(tagged, 2),
        "screens": len(taken),
        "slowest": slowest[:SHOWN],
        "over_150_ms": [path for path, took in slowest if took > LIMIT_MS],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=list(SIZES), default="large")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clarion-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        result = run(folder, arguments, stack)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
