"""How letters stand: by page and target what waits, what went and what holds the rest, and when it will have gone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import select

from actions import clock
from actions.extensions import db
from actions.letters.counting import Counted
from actions.letters.models import LetterState
from actions.letters.queries import GONE, gone_lately, left_to, put_off_by
from actions.letters.stopping import stopped_pages
from actions.pages.models import Page
from actions.pages.queries import has_ended, takes_acts, wordings_of
from actions.targets.hours import opens_next
from actions.targets.models import Target
from actions.targets.planning import Gone, Plan, plan
from actions.targets.waiting import HeldBack, held_back, held_back_on_paper

T = TypeVar("T", Page, Target)
L = LetterState
# Beside those that their writers send themselves, which are counted apart.
SHOWN = {
    "unconfirmed": (L.UNCONFIRMED,),
    "wait": (L.READY, L.HELD),
    "under_way": (L.RELEASED,),
    "sent": (L.SENT,),
    "unknown": (L.UNKNOWN,),
    "nothing": (L.FAILED, L.CANCELLED),
}
BUNDLED = {"b_wait": (L.READY, L.HELD), "b_under_way": (L.RELEASED,), "b_sent": (L.SENT,)}
# These are not counted apart: nothing of them is on paper yet, or ever will be.
EITHER_WAY = frozenset({L.UNCONFIRMED, L.FAILED, L.CANCELLED})
BY_THEMSELVES = {"printed": (L.PRINTED,), "posted": (L.POSTED,), "self_sent": (L.SELF_SENT,)}


class Why(StrEnum):
    """What holds letters."""

    ALL_STOPPED = "all stopped"
    PAGE_STOPPED = "page stopped"
    PAGE_PAUSED = "page paused"
    PAGE_ENDED = "page ended"
    TARGET_WAITS = "target waits"
    UNVERIFIED = "unverified"
    CLOSED = "closed"
    BY_POST = "by post"
    BUNDLE = "bundle"
    HAS_ALL = "has all"
    PUT_OFF = "put off"
    WRITERS = "writers"


HOLDS = {HeldBack.WAITS: Why.TARGET_WAITS, HeldBack.UNVERIFIED: Why.UNVERIFIED, HeldBack.CLOSED: Why.CLOSED}


@dataclass(frozen=True)
class Row:
    """Letters from one page to one target. `held`: those that wait for their writers.

    `own_share`: what of a letter is its writer's own on average, in percent; None where none was measured.
    """

    page: Page
    title: str
    target: Target
    numbers: Mapping[str, int]
    held: int
    why: Sequence[Why]
    own_share: int | None = None

    @property
    def is_moving(self) -> bool:
        return any(self.numbers[name] for name in ("wait", "b_wait", "under_way", "unknown"))

    @property
    def waiting(self) -> int:
        return self.numbers["wait"] + self.numbers["b_wait"]


@dataclass(frozen=True)
class TargetPlan:
    """`why`: what holds its letters beyond the hours and limits that the plan knows; it begins once that is over."""

    target: Target
    plan: Plan
    why: Sequence[Why]
    opens: datetime


def rows(counted: Sequence[Counted]) -> list[Row]:
    """What still moves first, and there what waits most."""
    pages = _all(Page, (one.page_id for one in counted))
    targets = _all(Target, (one.target_id for one in counted))
    words = wordings_of(pages.values(), "") if pages else {}
    stopped = stopped_pages()
    found = [
        _row(one, pages[one.page_id], words[one.page_id].title, targets[one.target_id], stopped) for one in counted
    ]
    return sorted(found, key=lambda row: (not row.is_moving, -row.waiting, -row.page.id, row.target.id))


def sums(found: Iterable[Counted]) -> dict[str, int]:
    """By the names of SHOWN, BUNDLED and BY_THEMSELVES."""
    states, bundled = Counter[LetterState](), Counter[LetterState]()
    for one in found:
        states.update(one.states)
        bundled.update(one.bundled)
    return _numbers(states, bundled)


def plans(counted: Sequence[Counted], most: int) -> list[TargetPlan]:
    """Of the targets for whom most letters are ready, from pages whose letters go; the most first."""
    ready, gone, held = Counter[int](), Counter[int](), stopped_pages()
    pages = _all(Page, (one.page_id for one in counted))
    for one in counted:
        if one.page_id not in held and takes_acts(pages[one.page_id]):
            ready[one.target_id] += one.states.get(L.READY, 0)
        gone[one.target_id] += sum(ways.get(state, 0) for ways in (one.states, one.bundled) for state in GONE)
    waiting = {target_id: number for target_id, number in ready.most_common(most) if number}
    targets = _all(Target, waiting)
    waiting = {target_id: number for target_id, number in waiting.items() if not targets[target_id].takes_bundles}
    now = clock.now()
    lately, put_off = gone_lately(list(waiting), now), put_off_by(list(waiting))
    stopped = [Why.ALL_STOPPED] if None in held else []
    found = []
    for target_id, number in waiting.items():
        gone_to = replace(lately.get(target_id, Gone()), in_all=gone[target_id])
        made = plan(targets[target_id], number, gone_to, now)
        why = [*stopped, *_holds(targets[target_id], now)]
        why += [Why.HAS_ALL] if made.left else []
        why += [Why.PUT_OFF] if target_id in put_off else []
        found.append(TargetPlan(targets[target_id], made, why, opens_next(targets[target_id], now)))
    return found


def _holds(target: Target, now: datetime) -> list[Why]:
    held = held_back(target, now)
    return [HOLDS[held]] if held else []


def _row(one: Counted, page: Page, title: str, target: Target, stopped: set[int | None]) -> Row:
    ready = one.states.get(L.READY, 0) + one.bundled.get(L.READY, 0) > 0
    held = one.states.get(L.HELD, 0) + one.bundled.get(L.HELD, 0)
    ended = has_ended(page)
    holds = (
        (Why.PAGE_STOPPED, ready and page.id in stopped),
        (Why.PAGE_ENDED, ready and ended),
        (Why.PAGE_PAUSED, ready and not ended and not takes_acts(page)),
        (Why.BY_POST, ready and not target.takes_letters),
        (_of_a_bundle(target), ready and target.takes_bundles),
        (Why.WRITERS, held > 0),
    )
    why = [why for why, does in holds if does]
    return Row(page, title or page.slug, target, _numbers(one.states, one.bundled), held, why, one.own_share)


def _of_a_bundle(target: Target) -> Why:
    """What its letters wait for, if they go in bundles."""
    if held := held_back_on_paper(target):
        return HOLDS[held]
    return Why.HAS_ALL if target.takes_bundles and left_to(target) == 0 else Why.BUNDLE


def _numbers(states: Mapping[LetterState, int], bundled: Mapping[LetterState, int]) -> dict[str, int]:
    other = {state: number for state, number in bundled.items() if state in EITHER_WAY}
    counts = Counter(states)
    counts.update(other)
    shown = {name: sum(counts[state] for state in those) for name, those in {**SHOWN, **BY_THEMSELVES}.items()}
    return shown | {name: sum(bundled.get(state, 0) for state in those) for name, those in BUNDLED.items()}


def _all(table: type[T], ids: Iterable[int]) -> dict[int, T]:
    found = db.session.scalars(select(table).where(table.id.in_(set(ids))))
    return {one.id: one for one in found}
