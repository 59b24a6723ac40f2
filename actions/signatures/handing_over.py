"""Hand a petition over: freeze who counts, seal the list with a digest, write it as each signer allowed, mark it done.

The list is UTF-8 CSV (RFC 4180) with the columns name, country, day, comment, in the order of signing. Who chose that
only the number counts is in the number alone; what they wrote, if somebody kept it, stands there without them.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, or_, select, update

from actions import clock, outbox
from actions.actors import Actor
from actions.extensions import db, is_one_of
from actions.pages.models import Page
from actions.signatures.models import CommentVerdict, Handover, ShowName, Signature, SignatureState
from actions.spreadsheets import MARK, csv_lines
from actions.staff.audit import note

TASK = "workers.handovers.seal"
BATCH = 5_000
# Signers in one part of the PDF: about forty pages.
VOLUME = 2_000
HEAD = ("name", "country", "day", "comment")
log = structlog.get_logger()


class NotToBeHandedOver(Exception):
    """`problem`: unsealed, stale or done."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True)
class Signer:
    """As they allowed: `name` in full, as initials, or empty."""

    id: int
    name: str
    country: str
    day: str
    comment: str


def begin(page: Page, *, by: Actor) -> Handover:
    """A worker reads the list and seals it; one that waits to be sealed is not begun twice."""
    db.session.execute(select(Page.id).where(Page.id == page.id).with_for_update())
    for waiting in handovers_of(page):
        if waiting.ready_at is None:
            return waiting
    made = Handover(page_id=page.id, staff_id=by.staff_id, frozen_at=clock.now(), contents={})
    db.session.add(made)
    db.session.flush()
    note("sealed a petition", by=by, about=_about(made))
    outbox.nudge(TASK, made.id, lane="bulk")
    return made


def seal(handover_id: int, *, by: Actor) -> None:
    """Read all of the list once; killed half-way, it is read again from its start. Twice is once.

    It is locked only when it has been read, so that nobody who withdraws waits for it; who did meanwhile made it stale.
    """
    handover = db.session.get(Handover, handover_id)
    if handover is None or handover.ready_at is not None:
        return
    digest, contents = hashlib.sha256((MARK + csv_lines([HEAD])).encode()), _numbers(handover)
    volumes, listed, comments = [], 0, 0
    for signer in signers(handover):
        if listed % VOLUME == 0:
            volumes.append(signer.id)
        listed, comments = listed + 1, comments + bool(signer.comment)
        digest.update(_line(signer).encode())
    here = db.session.get_one(Handover, handover_id, with_for_update=True, populate_existing=True)
    if here.ready_at is not None:
        return
    here.contents = {**contents, "listed": listed, "comments": comments, "volumes": volumes}
    here.digest, here.ready_at = digest.hexdigest(), clock.now()
    db.session.flush()
    log.info("petition sealed", handover=handover.id, signatures=contents["total"], listed=listed, by=by.role.value)


def as_csv(handover: Handover) -> Iterator[str]:
    """The list that the digest is of. Raises NotToBeHandedOver where it no longer is."""
    _refuse_unless_sealed(handover)
    return _csv(handover)


def volume_of(handover: Handover, number: int) -> Sequence[Signer]:
    """The signers of one part of the PDF, counted from 1; the first is there also where nobody is on the list.

    Raises NotToBeHandedOver, IndexError.
    """
    _refuse_unless_sealed(handover)
    first = (handover.contents["volumes"] or [0])[number - 1]
    return list(signers(handover, first=first, most=VOLUME))


def mark_handed_over(handover: Handover, *, on: datetime, to: str, by: Actor) -> None:
    """From now on the list is not written any more; the digest and the numbers stay. Raises NotToBeHandedOver."""
    here = db.session.get_one(Handover, handover.id, with_for_update=True, populate_existing=True)
    if here.handed_over_on is not None:
        raise NotToBeHandedOver("done")
    if here.ready_at is None:
        raise NotToBeHandedOver("unsealed")
    here.handed_over_on, here.handed_to = on, to
    db.session.flush()
    note("handed a petition over", by=by, about=_about(here), after={"signatures": here.contents["total"]})


def note_download(handover: Handover, kind: str, *, by: Actor) -> None:
    """Before a list with names leaves the desk."""
    note("took out a petition", by=by, about=_about(handover), after={"file": kind})


def went_stale(page_ids: Sequence[int] | Select[int]) -> None:
    """Signatures of these pages changed, and with them every list that has not been handed over."""
    which = Handover.page_id.in_(page_ids) if isinstance(page_ids, Select) else is_one_of(Handover.page_id, page_ids)
    kept = which, Handover.stale.is_(False), Handover.handed_over_on.is_(None)
    db.session.execute(
        update(Handover).where(*kept).values(stale=True), execution_options={"synchronize_session": False}
    )


def handovers_of(page: Page) -> Sequence[Handover]:
    """The newest first."""
    wanted = select(Handover).where(Handover.page_id == page.id).order_by(Handover.id.desc())
    return db.session.scalars(wanted).all()


def unsealed() -> list[int]:
    return list(db.session.scalars(select(Handover.id).where(Handover.ready_at.is_(None))))


def signers(handover: Handover, *, first: int = 0, most: int | None = None) -> Iterator[Signer]:
    """Who is on the list, in the order of signing, from the signature `first` on; read a batch at a time."""
    while most is None or most > 0:
        rows = db.session.execute(_batch(handover, first, min(BATCH, most or BATCH))).all()
        yield from (_signer(*row) for row in rows)
        if len(rows) < min(BATCH, most or BATCH):
            return
        first = rows[-1].id + 1
        most = None if most is None else most - len(rows)


def _batch(handover: Handover, first: int, most: int) -> Any:  # noqa: ANN401  # a select of nine columns
    columns = (Signature.country, Signature.counted_at, Signature.show_name, Signature.comment_verdict)
    sealed = (Signature.first_name_sealed, Signature.last_name_sealed, Signature.comment_sealed)
    said = (Signature.comment_verdict == CommentVerdict.KEPT) & Signature.comment_sealed.is_not(None)
    listed = or_(Signature.show_name != ShowName.HIDDEN, said)
    wanted = select(Signature.id, *columns, *sealed).where(*_frozen(handover), listed, Signature.id >= first)
    return wanted.order_by(Signature.id).limit(most)


def _frozen(handover: Handover) -> tuple[ColumnElement[bool], ...]:
    return (
        Signature.page_id == handover.page_id,
        Signature.state == SignatureState.COUNTED,
        Signature.counted_at <= handover.frozen_at,
    )


def _signer(  # noqa: PLR0913, PLR0917  # the columns of one row
    row_id: int,
    country: str | None,
    counted_at: datetime,
    show_name: ShowName,
    verdict: CommentVerdict | None,
    first: bytes | None,
    last: bytes | None,
    comment: bytes | None,
) -> Signer:
    said = (Signature.comment.open(comment, row_id) or "") if verdict is CommentVerdict.KEPT else ""
    if show_name is ShowName.HIDDEN:
        return Signer(row_id, "", "", "", said)
    names = [Signature.first_name.open(first, row_id) or "", Signature.last_name.open(last, row_id) or ""]
    if show_name is ShowName.INITIALS:
        names = [f"{name[0].upper()}." for name in names if name]
    return Signer(row_id, " ".join(filter(None, names)), country or "", counted_at.date().isoformat(), said)


def _numbers(handover: Handover) -> dict[str, Any]:
    """Of all who count, listed or not."""
    shown: Counter[str] = Counter()
    grouped = select(Signature.show_name, db.func.count()).where(*_frozen(handover)).group_by(Signature.show_name)
    for show_name, number in db.session.execute(grouped):
        shown[show_name.value] += number
    return {"total": shown.total(), **{show_name.value: shown[show_name.value] for show_name in ShowName}}


def _csv(handover: Handover) -> Iterator[str]:
    yield MARK + csv_lines([HEAD])
    yield from map(_line, signers(handover))


def _line(signer: Signer) -> str:
    return csv_lines([(signer.name, signer.country, signer.day, signer.comment)])


def _refuse_unless_sealed(handover: Handover) -> None:
    if handover.handed_over_on is not None:
        raise NotToBeHandedOver("done")
    if handover.ready_at is None:
        raise NotToBeHandedOver("unsealed")
    if handover.stale:
        raise NotToBeHandedOver("stale")


def _about(handover: Handover) -> tuple[str, int]:
    return Handover.__tablename__, handover.id
