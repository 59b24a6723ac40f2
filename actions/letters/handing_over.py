"""What a person does with a bundle: has it made, gives it up, hands it over; each is in the audit log (L-10)."""

import base64
from dataclasses import dataclass
from datetime import datetime

from actions import clock, outbox
from actions.actors import Actor
from actions.extensions import db
from actions.letters import taking, telling
from actions.letters.bundling import TASK, bundles_of, let_go, letters_in, lock
from actions.letters.counting import COUNT
from actions.letters.journal import move_all
from actions.letters.models import Bundle, BundleState, LetterState
from actions.pages.models import Page
from actions.staff import audit
from actions.targets.models import Target

HANDED_OVER = "handed over in a bundle"
B = BundleState


class BundleRefused(Exception):
    """`problem`: none, made anew, given up, handed over, or a hindrance of letters/taking.py."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Handed:
    """When, where and by whom; `receipt` is a JPEG as we wrote it, or empty."""

    on: datetime
    place: str
    handed_by: str
    receipt: bytes = b""


def begin(page: Page, target: Target, *, by: Actor) -> Bundle:
    """A worker takes the letters that are ready and prints them; while it does, no second one is begun.

    Raises BundleRefused.
    """
    taking.lock(target.id)
    for one in bundles_of(page.id, target.id):
        if one.state is B.MAKING:
            return one
    if hindrance := taking.hindrance(page, target):
        raise BundleRefused(hindrance)
    if not target.takes_bundles or not taking.waiting(page.id, target.id):
        raise BundleRefused("none")
    made = Bundle(
        page_id=page.id,
        target_id=target.id,
        staff_id=by.staff_id,
        state=B.MAKING,
        version=1,
        has_file=True,
        created_at=clock.now(),
        **dict.fromkeys(("done", "after_id", "parts", "pages", "left_out"), 0),
    )
    db.session.add(made)
    db.session.flush()
    audit.note("made a bundle of letters", by=by, about=_about(made), after={"page": page.id, "target": target.id})
    outbox.nudge(TASK, made.id, lane="bulk")
    return made


def void(bundle: Bundle, *, by: Actor) -> bool:
    """Its letters are ready again, and its file goes. False where it was handed over, or is void already."""
    here = lock(bundle.id)
    if here.state not in {B.MAKING, B.MADE}:
        return False
    let_go(here, by=by)
    audit.note("gave up a bundle of letters", by=by, about=_about(here), before={"letters": here.number})
    return True


def hand_over(bundle: Bundle, handed: Handed, *, digest: str, by: Actor) -> int:
    """All its letters were brought, and a worker tells their writers; returns how many.

    `digest`: of the file that was seen. Raises BundleRefused.
    """
    here = lock(bundle.id)
    if here.state is not B.MADE or here.digest != digest:
        raise BundleRefused({B.HANDED_OVER: "handed over", B.VOID: "given up"}.get(here.state, "made anew"))
    brought = move_all(letters_in(here), LetterState.RELEASED, LetterState.SENT, by=by, reason=HANDED_OVER)
    here.state, here.handed_over_on, here.ended_at = B.HANDED_OVER, handed.on, clock.now()
    here.place, here.handed_by = handed.place, handed.handed_by
    here.receipt = base64.b64encode(handed.receipt).decode() if handed.receipt else None
    telling.begin(here)
    after = {"letters": brought, "receipt": bool(handed.receipt)}
    audit.note("handed letters over", by=by, about=_about(here), after=after)
    outbox.nudge(COUNT, lane="letters")
    return brought


def note_download(bundle: Bundle, *, by: Actor) -> None:
    """Before names and words leave the desk."""
    audit.note("took out a bundle of letters", by=by, about=_about(bundle), after={"letters": bundle.number})


def _about(bundle: Bundle) -> tuple[str, int]:
    return Bundle.__tablename__, bundle.id
