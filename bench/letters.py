"""How fast letters are set: one as a PDF for its writer, and thousands in a bundle, with how much memory.

    python bench/letters.py [--letters 10000]

A PostgreSQL of its own on loopback, with that many letters of 1,500 characters that are ready for one office. The
bundle is made in this process as a worker makes it. It prints two JSON lines:

    {"bench": "bundle", "letters", "pages", "megabytes", "seconds", "rate", "cpu_s", "handed_over_s", "told_s",
     "memory_mb": {"early": after a tenth, "most", "told": the most while its writers' mails are written}, "press_mb"}
    {"bench": "letter", "letters", "p50_ms", "p95_ms", "cpu_ms"}

`rate` is in letters a second, from the press of the button to the file; `cpu_s` is the processor's time of this process
and of the programs that set the parts. `memory_mb` is what this process holds; what each of those programs held at its
most is `press_mb`. `cpu_ms` is what one letter takes of a processor: beside other work the clock runs longer.
"""

import argparse
import json
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from flask_migrate import upgrade

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from actions import clock  # noqa: E402  # after the path is set
from actions.actors import OPERATOR, WORKER  # noqa: E402  # as above
from actions.addresses import parse_address  # noqa: E402  # as above
from actions.extensions import db  # noqa: E402  # as above
from actions.letters import binding, handing_over, telling  # noqa: E402  # as above
from actions.letters.content import Way, hashes  # noqa: E402  # as above
from actions.letters.handing_over import Handed  # noqa: E402  # as above
from actions.letters.models import Bundle, Letter, LetterState, NameShown  # noqa: E402  # as above
from actions.letters.typesetting import LetterSheet, typeset  # noqa: E402  # as above
from actions.letters.wording import LetterWords  # noqa: E402  # as above
from actions.pages.models import Page  # noqa: E402  # as above
from actions.supporters.models import Supporter, SupporterState  # noqa: E402  # as above
from actions.targets.models import Target  # noqa: E402  # as above
from actions.transaction import transaction  # noqa: E402  # as above
from tests.factories.bench import bench_app  # noqa: E402  # as above
from tests.factories.bundles import page_with_bundles  # noqa: E402  # as above
from tests.factories.letters import make_wish  # noqa: E402  # as above

SAID = "I ask you respectfully to convey my request: she and her six colleagues should go free, today and not later."
SINGLE = 200
BATCH = 1_000
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def megabytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES // 1024**2


def worked_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def body() -> str:
    words = SAID.split()
    return "\n\n".join(" ".join(random.choices(words, k=70)) for _ in range(4))  # noqa: S311  # only so that they differ


def one_by_one() -> dict[str, object]:
    times, worked = [], time.process_time()
    for _ in range(SINGLE):
        sheet = LetterSheet(
            paper="a4",
            language="en",
            sender_lines=("Ann Lee", "Lindenweg 3", "10115 Berlin"),
            recipient_lines=("H.E. Oda Merrin", "Ambassador", "Embassy", "1 Street", "Washington, DC 20011"),
            place_and_date="22 July 2014",
            subject="Please release her",
            salutation="Your Excellency,",
            body=tuple(body().split("\n\n")),
            close="Yours respectfully,",
            writer_name="Ann Lee",
            small_print="Written and posted by the person who signs it.",
        )
        began = time.perf_counter()
        typeset(sheet)
        times.append((time.perf_counter() - began) * 1000)
    p95 = statistics.quantiles(times, n=20)[-1]
    return {
        "bench": "letter",
        "letters": SINGLE,
        "p50_ms": round(statistics.median(times), 1),
        "p95_ms": round(p95, 1),
        "cpu_ms": round((time.process_time() - worked) / SINGLE * 1000, 1),
    }


def fill(page: Page, target: Target, number: int) -> None:
    """Rows as the operations leave them."""
    for first in range(0, number, BATCH):
        for one in range(first, min(first + BATCH, number)):
            writer = Supporter(state=SupporterState.ACTIVE, source="bench", language="en", created_at=clock.now())
            address = parse_address(f"writer{one}@example.org")
            writer.email, writer.email_hash = address.original, address.hash
            db.session.add(writer)
            db.session.flush()
            shown = (NameShown.FULL, NameShown.INITIALS, NameShown.ORGANISATION)[one % 3]
            wish = make_wish(words=LetterWords("Please", "Your Excellency,", body(), "Yours,"), name_shown=shown)
            letter = Letter(
                page_id=page.id,
                target_id=target.id,
                supporter_id=writer.id,
                state=LetterState.READY,
                page_version=1,
                language="en",
                country="DE",
                first_name=wish.first_name,
                last_name=wish.last_name,
                name_shown=shown,
                words=wish.words.to_json(),
                ticked=[],
                content_hash=hashes(wish, Way(page.id, target.id, writer.id))[0],
                bundled=True,
                **dict.fromkeys(("created_at", "confirmed_at", "release_at"), clock.now()),
            )
            db.session.add(letter)
        db.session.commit()
        db.session.expunge_all()


def in_a_bundle(page: Page, target: Target, number: int) -> dict[str, object]:
    began, worked, held = time.perf_counter(), worked_s(), []
    with transaction():
        bundle_id = handing_over.begin(page, target, by=OPERATOR).id
    more = True
    while more:
        with transaction():
            more = binding.step(bundle_id, by=WORKER)
        db.session.expunge_all()
        held.append(megabytes())
    seconds, worked = time.perf_counter() - began, worked_s() - worked
    bundle = db.session.get_one(Bundle, bundle_id)
    assert bundle.number == number
    began = time.perf_counter()
    with transaction():
        handed = Handed(clock.now(), "Geneva", "Ruth Okoro")
        assert handing_over.hand_over(bundle, handed, digest=bundle.digest or "", by=OPERATOR) == number
    handed_over_s, began, telling_held, more = time.perf_counter() - began, time.perf_counter(), [0], True
    while more:
        with transaction():
            more = telling.step(bundle_id, by=WORKER)
        db.session.expunge_all()
        telling_held.append(megabytes())
    told_s = time.perf_counter() - began
    bundle = db.session.get_one(Bundle, bundle_id)
    assert bundle.told == number
    return {
        "bench": "bundle",
        "letters": number,
        "pages": bundle.pages,
        "megabytes": round((bundle.size or 0) / 1e6, 1),
        "seconds": round(seconds, 1),
        "rate": round(number / seconds),
        "cpu_s": round(worked, 1),
        "handed_over_s": round(handed_over_s, 1),
        "told_s": round(told_s, 1),
        "memory_mb": {"early": held[len(held) // 10], "most": max(held), "told": max(telling_held)},
        "press_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }


def run(folder: Path, number: int, stack: ExitStack) -> dict[str, object]:
    app = bench_app(folder, stack, durable=True)
    with app.app_context():
        upgrade()
        page, target = page_with_bundles()
        fill(page, target, number)
        return in_a_bundle(db.session.get_one(Page, page.id), db.session.get_one(Target, target.id), number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=10_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="clarion-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        print(json.dumps(run(folder, arguments.letters, stack)))
    # Last: what Typst remembers stays in this process.
    print(json.dumps(one_by_one()))


if __name__ == "__main__":
    main()
