"""Take signatures that nobody meant out of the count by a rule, the number first; and put them back (C-18).

No address of a network is kept with a signature, so a rule goes by what was signed: when, from which country, with an
address at which mail domain, with which words.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, CursorResult, func, select, update

from actions import clock
from actions.actors import Actor
from actions.addresses import InvalidAddress, site_hashes
from actions.extensions import db, is_one_of
from actions.pages.counting import LOCK
from actions.pages.models import Page
from actions.signatures.handing_over import went_stale
from actions.signatures.models import Invalidation, Signature, SignatureState
from actions.staff.audit import note
from actions.supporters.models import Supporter

# Words are sealed and have to be opened one by one: so many take about two seconds.
MOST_READ = 50_000
log = structlog.get_logger()


class RuleRefused(Exception):
    """`problem`: empty, backwards, domain, broad or time; else a sentence."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class NumberGrew(Exception):
    """More signatures fit than were shown; nothing was done."""


@dataclass(frozen=True)
class Rule:
    """All that is given must fit. `until` is never left open, so that what is counted is what is taken out."""

    until: datetime
    since: datetime | None = None
    country: str = ""
    domain: str = ""
    words: str = ""

    def as_json(self) -> str:
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> "Rule":
        read = json.loads(text)
        moments = {name: datetime.fromisoformat(read[name]) if read[name] else None for name in ("since", "until")}
        return cls(**{**read, **moments})


def count(page: Page, rule: Rule) -> int:
    """How many signatures the rule would take out now. Raises RuleRefused."""
    fitting = _fitting(page, rule)
    return db.session.scalar(select(func.count()).select_from(Signature).where(*fitting)) or 0


def invalidate(page: Page, rule: Rule, *, shown: int, by: Actor) -> Invalidation:
    """`shown` is the number that was agreed to. Raises NumberGrew and RuleRefused."""
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    made = Invalidation(
        page_id=page.id,
        staff_id=by.staff_id,
        rule=rule.as_json(),
        number=0,
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.flush()
    made.number = _move(_fitting(page, rule), SignatureState.INVALIDATED, made.id)
    if made.number > shown:
        raise NumberGrew
    went_stale([page.id])
    db.session.flush()
    given = [name for name, value in asdict(rule).items() if value]
    note("took signatures out", by=by, about=_about(page), after={"number": made.number, "rule by": given})
    return made


def put_back(invalidation: Invalidation, *, by: Actor) -> int:
    """Every one of them that its signer has not taken back since; returns how many. Twice is once."""
    db.session.execute(select(func.pg_advisory_xact_lock(LOCK)))
    here = db.session.get_one(Invalidation, invalidation.id, with_for_update=True, populate_existing=True)
    if here.undone_at is not None:
        return 0
    theirs = [Signature.invalidation_id == here.id, Signature.state == SignatureState.INVALIDATED]
    number = _move(theirs, SignatureState.COUNTED, None)
    here.undone_at = clock.now()
    went_stale([here.page_id])
    db.session.flush()
    note("put signatures back", by=by, about=_about(db.session.get_one(Page, here.page_id)), after={"number": number})
    return number


def invalidations_of(page: Page) -> Sequence[Invalidation]:
    """The newest first."""
    wanted = select(Invalidation).where(Invalidation.page_id == page.id).order_by(Invalidation.id.desc())
    return db.session.scalars(wanted).all()


def _fitting(page: Page, rule: Rule) -> list[ColumnElement[bool]]:
    if not (rule.since or rule.country or rule.domain or rule.words):
        raise RuleRefused("empty")
    if rule.since and rule.since >= rule.until:
        raise RuleRefused("backwards")
    fitting = [
        Signature.page_id == page.id,
        Signature.state == SignatureState.COUNTED,
        Signature.counted_at <= rule.until,
    ]
    if rule.since:
        fitting.append(Signature.counted_at >= rule.since)
    if rule.country:
        fitting.append(Signature.country == rule.country)
    if rule.domain:
        try:
            sites = site_hashes(rule.domain)
        except InvalidAddress:
            raise RuleRefused("domain") from None
        fitting.append(Signature.supporter_id.in_(select(Supporter.id).where(Supporter.site_hash.in_(sites))))
    return [*fitting, is_one_of(Signature.id, _saying(rule.words, fitting))] if rule.words else fitting


def _saying(words: str, fitting: Sequence[ColumnElement[bool]]) -> list[int]:
    """Of those that fit so far, the ids of whose names or comment hold the words."""
    sealed = (Signature.first_name_sealed, Signature.last_name_sealed, Signature.comment_sealed)
    rows = db.session.execute(select(Signature.id, *sealed).where(*fitting).limit(MOST_READ + 1)).all()
    if len(rows) > MOST_READ:
        raise RuleRefused("broad")
    wanted = " ".join(words.casefold().split())
    return [row_id for row_id, *values in rows if wanted in _read(row_id, *values)]


def _read(row_id: int, first: bytes | None, last: bytes | None, comment: bytes | None) -> str:
    opened = (
        Signature.first_name.open(first, row_id),
        Signature.last_name.open(last, row_id),
        Signature.comment.open(comment, row_id),
    )
    return " ".join(" ".join(filter(None, opened)).casefold().split())


def _move(which: Sequence[ColumnElement[bool]], state: SignatureState, invalidation_id: int | None) -> int:
    """When it came to count stays, so that the journal by hour takes it out of the hour it was counted in."""
    moved = (
        update(Signature)
        .where(*which)
        .values(state=state, settled_at=clock.now(), invalidation_id=invalidation_id)
        .execution_options(synchronize_session=False)
    )
    result = db.session.execute(moved)
    return result.rowcount if isinstance(result, CursorResult) else 0


def _about(page: Page) -> tuple[str, int]:
    return Page.__tablename__, page.id
