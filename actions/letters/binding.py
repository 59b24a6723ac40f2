"""Making a bundle's file in the background, a part at a time: killed anywhere, it goes on after the last part kept.

Letters first, then the list of their writers, then the cover, since each says on which page the one before stands; in
the file the cover comes first (letters/joining.py).
"""

import base64
import hashlib
import json
import subprocess
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import select

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.letters import bundle_sheet
from actions.letters.bundling import let_go, lock, pieces
from actions.letters.content import is_as_confirmed
from actions.letters.joining import Frame, Part, Place, framed, joined
from actions.letters.journal import move
from actions.letters.models import Bundle, BundlePart, BundleState, Letter, LetterState
from actions.letters.taking import take
from actions.transaction import transaction

# A part takes half a second, 150 MB of the program that sets it, and nobody who withdraws waits longer.
BATCH = 200
# Lines of the list of writers in one part.
ENTRIES = 1_500
# Then the lane's other work has its turn, and this one is nudged again.
TURN_SECONDS = 20.0
# A part is set in a second; a program that takes this long hangs.
PATIENCE_SECONDS = 120
PRESS = "actions.letters.pressing"
ROOT = Path(__file__).parents[2]
log = structlog.get_logger()


class PressFailed(Exception):
    """The program that sets a part ended badly; what it said may hold what people wrote, and is not kept."""


def run(bundle_id: int, *, by: Actor) -> bool:
    """A turn's worth of it, committing each part; True when more is to be done."""
    until = time.monotonic() + TURN_SECONDS
    while time.monotonic() < until:
        with transaction():
            more = step(bundle_id, by=by)
        db.session.expunge_all()
        if not more:
            return False
    return True


def under_way() -> list[int]:
    return list(db.session.scalars(select(Bundle.id).where(Bundle.state == BundleState.MAKING).order_by(Bundle.id)))


def step(bundle_id: int, *, by: Actor) -> bool:
    """One part and the resume point in one transaction; False when it is made, or nothing is left of it."""
    bundle = lock(bundle_id)
    if bundle.state is not BundleState.MAKING:
        return False
    if bundle.number is None:
        take(bundle, by=by)
    elif letters := _next_letters(bundle):
        _keep_letters(bundle, letters, by=by)
    elif not bundle.done:
        let_go(bundle, by=by)
        return False
    elif entries := _next_entries(bundle):
        values = bundle_sheet.contents(bundle, entries, _front_pages(bundle) + 2)
        _keep(bundle, values, "contents", entries=len(entries))
    else:
        _finish(bundle, by=by)
        return False
    return True


def _next_letters(bundle: Bundle) -> Sequence[Letter]:
    wanted = select(Letter).where(Letter.bundle_id == bundle.id, Letter.state == LetterState.RELEASED)
    return db.session.scalars(wanted.where(Letter.id > bundle.after_id).order_by(Letter.id).limit(BATCH)).all()


def _keep_letters(bundle: Bundle, letters: Sequence[Letter], *, by: Actor) -> None:
    last, good = letters[-1].id, [one for one in letters if is_as_confirmed(one)]
    for one in letters:
        if one not in good:
            log.error("a letter is not what its writer confirmed; it is held", letter=one.id)
            _put_out(bundle, one, by=by)
            move(one, LetterState.HELD, by=by, reason="not what was confirmed")
    lost = _keep(bundle, bundle_sheet.letters(bundle, good), "letters") if good else []
    for place in lost:
        _put_out(bundle, good[place], by=by)
    bundle.left_out += len(lost)
    bundle.done, bundle.after_id = bundle.done + len(good) - len(lost), last
    db.session.flush()


def _put_out(bundle: Bundle, letter: Letter, *, by: Actor) -> None:
    move(letter, LetterState.READY, by=by, reason="it could not be printed", bundle_id=None)
    bundle.number = (bundle.number or 1) - 1


def _next_entries(bundle: Bundle) -> list[dict[str, Any]]:
    """Of the list of writers: number, name as they chose, page."""
    listed = sum(layout["entries"] for layout in _layouts(bundle, "contents"))
    begins = [page for layout in _layouts(bundle, "letters") for page in layout["on"]][listed : listed + ENTRIES]
    if not begins:
        return []
    wanted = select(Letter).where(Letter.bundle_id == bundle.id, Letter.state == LetterState.RELEASED)
    letters = db.session.scalars(wanted.order_by(Letter.id).offset(listed).limit(ENTRIES)).all()
    return [
        {"number": listed + place, "writer": writer, "page": page}
        for place, (writer, page) in enumerate(zip(bundle_sheet.writers_of(letters), begins, strict=True), start=1)
    ]


def _finish(bundle: Bundle, *, by: Actor) -> None:
    front = _front_pages(bundle) + 1
    _keep(bundle, bundle_sheet.cover(bundle, _numbers(bundle)), "cover", whole=bundle.pages + front)
    layouts = _layouts(bundle)
    parts, kinds = [Part.from_json(one["part"]) for one in layouts], [one["kind"] for one in layouts]
    order = [place for kind in ("cover", "contents", "letters") for place, one in enumerate(kinds) if one == kind]
    language, rtl = bundle_sheet.language_of_bundle(bundle)
    for piece in framed(parts, order, Frame(language, rtl, front), _offsets(bundle.id, bundle.parts)):
        _write(bundle, piece, {"kind": "frame"})
    digest, size = hashlib.sha256(), 0
    for piece in pieces(bundle.id, bundle.parts):
        digest.update(piece)
        size += len(piece)
    bundle.digest, bundle.size = digest.hexdigest(), size
    bundle.state, bundle.made_at, bundle.number = BundleState.MADE, clock.now(), bundle.done
    db.session.flush()
    log.info("a bundle is made", bundle=bundle.id, letters=bundle.done, pages=bundle.pages, by=by.role.value)


def _numbers(bundle: Bundle) -> tuple[Counter[str], Counter[str]]:
    """How many letters by the way their writers are named, and by country."""
    wanted = select(Letter.name_shown, Letter.country, db.func.count()).where(
        Letter.bundle_id == bundle.id, Letter.state == LetterState.RELEASED
    )
    shown, countries = Counter[str](), Counter[str]()
    for name_shown, country, number in db.session.execute(wanted.group_by(Letter.name_shown, Letter.country)):
        shown[name_shown.value] += number
        countries[country or ""] += number
    return shown, countries


def _keep(
    bundle: Bundle, values: dict[str, Any], kind: str, *, whole: int | None = None, entries: int = 0
) -> list[int]:
    """The next part; returns the places of the letters that could not be printed."""
    left_out, pdf = _pressed(values)
    if pdf:
        octets, part, offsets = joined(pdf, _place(bundle), whole=whole)
        on = [bundle.pages + page + 1 for page in part.begins] if kind == "letters" else []
        _write(bundle, octets, {"kind": kind, "part": part.to_json(), "on": on, "entries": entries}, offsets)
        bundle.pages += part.pages if kind == "letters" else 0
    return left_out


def _write(bundle: Bundle, octets: bytes, layout: dict[str, Any], offsets: Sequence[int] = ()) -> None:
    part = BundlePart(bundle_id=bundle.id, number=bundle.parts, layout=layout, offsets=array("q", offsets).tobytes())
    part.content = base64.b64encode(octets).decode()
    db.session.add(part)
    bundle.parts += 1
    db.session.flush()
    db.session.expunge(part)


def _offsets(bundle_id: int, parts: int) -> Iterator[Sequence[int]]:
    """Of each part, one at a time: there are twenty objects to a letter."""
    for number in range(parts):
        wanted = select(BundlePart.offsets).where(BundlePart.bundle_id == bundle_id, BundlePart.number == number)
        yield array("q", db.session.scalars(wanted).one())


def _place(bundle: Bundle) -> Place:
    """Where the next part begins."""
    wanted = select(BundlePart.layout["part"]["next"]).where(
        BundlePart.bundle_id == bundle.id, BundlePart.number == bundle.parts - 1
    )
    last = db.session.scalar(wanted)
    return Place(**last) if last else Place()


def _front_pages(bundle: Bundle) -> int:
    """Of the list of writers, as far as it is made."""
    return sum(layout["part"]["pages"] for layout in _layouts(bundle, "contents"))


def _layouts(bundle: Bundle, kind: str = "") -> Sequence[dict[str, Any]]:
    wanted = select(BundlePart.layout).where(BundlePart.bundle_id == bundle.id).order_by(BundlePart.number)
    return db.session.scalars(wanted.where(BundlePart.layout["kind"].astext == kind) if kind else wanted).all()


def _pressed(values: dict[str, Any]) -> tuple[list[int], bytes]:
    done = subprocess.run(  # noqa: S603  # our own module
        [sys.executable, "-m", PRESS],
        input=json.dumps(values).encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if done.returncode:
        raise PressFailed(f"exit {done.returncode}")
    said, _, pdf = done.stdout.partition(b"\n")
    return json.loads(said)["left_out"], pdf
