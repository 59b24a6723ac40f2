"""An import in the background, a batch at a time: killed anywhere, it goes on with the first row not yet taken."""

import csv
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO

import structlog
from sqlalchemy import delete, select

from actions import clock, outbox
from actions.actors import Actor
from actions.extensions import db
from actions.lists.models import MailingList
from actions.spreadsheets import safe_cell
from actions.tags.naming import NotATag
from actions.tags.operations import find_or_make
from actions.transaction import transaction
from actions.transfers import uploads
from actions.transfers.models import PartKind, Transfer, TransferPart, TransferState
from actions.transfers.operations import Imported, import_people
from actions.transfers.people import COLUMNS, Person, Refusal, Row, read_people
from actions.transfers.tables import LooksBroken, Place

BATCH = 2000
# Then the lane's other work has its turn, and this one is nudged again.
TURN_SECONDS = 5.0
TASK = "workers.transfers.run"
# Not that of mailings: one under way fills its lane's queue with nudges of a minute each, and an import behind them
# would wait for its end. Beside it the two share the machine, and neither waits.
LANE = "letters"
# A file that nobody began to import, and the refused rows of one that ended.
KEPT = timedelta(days=7)
log = structlog.get_logger()


class NotReady(Exception):
    """`problem`: columns, evidence, list, tag or begun; of a tag, its message says what to type instead."""

    def __init__(self, problem: str, message: str = "") -> None:
        super().__init__(message or problem)
        self.problem = problem


def begin(
    transfer: Transfer,
    joined: MailingList,
    *,
    columns: Sequence[str],
    evidence: str,
    consented_at: datetime | None,
    tag: str = "",
    by: Actor,
) -> None:
    """From here on a worker takes in its rows. Raises NotReady. Twice is once."""
    here = db.session.get_one(Transfer, transfer.id, with_for_update=True, populate_existing=True)
    if here.state is not TransferState.LOOKED_AT:
        raise NotReady("begun")
    if columns.count("email") != 1 or len(set(filter(None, columns))) != len(list(filter(None, columns))):
        raise NotReady("columns")
    if not evidence.strip():
        raise NotReady("evidence")
    here.reading = {**here.reading, "columns": [name if name in COLUMNS else "" for name in columns]}
    here.tag_id = _tag(tag, by=by) if tag.strip() else None
    here.list_id, here.evidence, here.consented_at = joined.id, " ".join(evidence.split()), consented_at
    here.state, here.started_at = TransferState.RUNNING, clock.now()
    db.session.flush()
    nudge(here.id, here.rows_done)


def cancel(transfer: Transfer, *, by: Actor) -> None:
    """Who was taken in stays; the file goes."""
    here = db.session.get_one(Transfer, transfer.id, with_for_update=True, populate_existing=True)
    if here.state in {TransferState.LOOKED_AT, TransferState.RUNNING}:
        _end(here, TransferState.CANCELLED)


def nudge(transfer_id: int, rows_done: int) -> None:
    """For the turn that begins at this row: of several nudges for one turn, one counts."""
    outbox.nudge(TASK, transfer_id, rows_done, lane=LANE)


def run(transfer_id: int, rows_done: int, *, by: Actor) -> int | None:
    """The turn that begins after so many rows, committing each batch; after how many the next one begins, if any does.

    None also where another worker was faster.
    """
    until = time.monotonic() + TURN_SECONDS
    transfer = db.session.get(Transfer, transfer_id, populate_existing=True)
    if transfer is None or transfer.state is not TransferState.RUNNING or transfer.rows_done != rows_done:
        return None
    if not transfer.rows and not _looked_through(transfer):
        return None
    source = uploads.Rows(transfer)
    while True:
        batch = source.take(BATCH)
        with transaction():
            if not _take(transfer_id, rows_done, batch, source.place, by=by):
                return None
        rows_done += len(batch)
        db.session.expunge_all()
        if time.monotonic() > until:
            return rows_done


def forget_old(*, by: Actor) -> None:
    """Files that nobody imported, and what was refused a week ago."""
    now = clock.now()
    for left in db.session.scalars(
        select(Transfer).where(Transfer.state == TransferState.LOOKED_AT, Transfer.created_at < now - KEPT)
    ):
        _end(left, TransferState.CANCELLED)
    old = select(Transfer.id).where(Transfer.ended_at < now - KEPT)
    db.session.execute(delete(TransferPart).where(TransferPart.transfer_id.in_(old)))


def under_way() -> list[tuple[int, int]]:
    """(the transfer's id, after how many rows it goes on)."""
    here = select(Transfer.id, Transfer.rows_done).where(Transfer.state == TransferState.RUNNING)
    return [(found.id, found.rows_done) for found in db.session.execute(here)]


def _tag(typed: str, *, by: Actor) -> int:
    try:
        return find_or_make(typed, by=by)
    except NotATag as wrong:
        raise NotReady("tag", str(wrong)) from None


def _looked_through(transfer: Transfer) -> bool:
    """How many rows there are, before anybody is taken in: so that a broken file brings in nobody."""
    try:
        count = sum(1 for _ in uploads.Rows(transfer))
    except LooksBroken as error:
        with transaction():
            transfer.broken_line = error.line
            _end(transfer, TransferState.FAILED)
        return False
    with transaction():
        transfer.rows = count
        if not count:
            _end(transfer, TransferState.DONE)
    return bool(count)


def _take(transfer_id: int, done: int, batch: Sequence[Row], then: Place, *, by: Actor) -> bool:
    """One batch and where the next begins in one transaction; False when it ended, or another worker is ahead of us."""
    transfer = db.session.get_one(Transfer, transfer_id, with_for_update=True, populate_existing=True)
    if transfer.state is not TransferState.RUNNING or transfer.rows_done != done:
        return False
    if not batch:
        _end(transfer, TransferState.DONE)
        return False
    joined = db.session.get_one(MailingList, transfer.list_id)
    outcome = take_in(
        batch,
        joined,
        evidence=transfer.evidence,
        consented_at=transfer.consented_at,
        tag_id=transfer.tag_id,
        by=by,
    )
    if outcome.refused:
        _keep_refused(transfer, done, outcome.refused)
    transfer.joined += outcome.joined
    transfer.waiting += outcome.waiting
    transfer.known += outcome.known
    transfer.merged += outcome.merged
    transfer.refused += len(outcome.refused)
    transfer.rows_done = done + len(batch)
    transfer.at_piece, transfer.at_offset, transfer.at_line = then.piece, then.offset, then.line
    db.session.flush()
    return True


def take_in(
    rows: Sequence[Row],
    joined: MailingList,
    *,
    evidence: str,
    consented_at: datetime | None,
    tag_id: int | None = None,
    by: Actor,
) -> Imported:
    """Some rows, with who was refused in the order of the file."""
    read = list(read_people(rows))
    people = [_dated(one, consented_at) for one in read if isinstance(one, Person)]
    outcome = import_people(people, joined, evidence=evidence, tag_id=tag_id, by=by)
    outcome.refused += [one for one in read if isinstance(one, Refusal)]
    outcome.refused.sort(key=lambda one: one.row.line)
    return outcome


def _dated(person: Person, consented_at: datetime | None) -> Person:
    return person if person.consented_at else replace(person, consented_at=consented_at)


def _keep_refused(transfer: Transfer, number: int, refused: Sequence[Refusal]) -> None:
    out = StringIO()
    columns = [name for name in transfer.reading["columns"] if name]
    writer = csv.writer(out)
    for one in refused:
        writer.writerow([one.row.line, one.reason, *(safe_cell(one.row.cells.get(name, "")) for name in columns)])
    kept = TransferPart(transfer_id=transfer.id, kind=PartKind.REFUSED, number=number, content=out.getvalue())
    db.session.add(kept)


def _end(transfer: Transfer, state: TransferState) -> None:
    transfer.state, transfer.ended_at = state, clock.now()
    uploads.forget_file(transfer)
    db.session.flush()
    log.info("import ended", transfer=transfer.id, state=state.value, joined=transfer.joined, refused=transfer.refused)
