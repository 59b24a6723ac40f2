from sqlalchemy import delete, select

from actions import clock, outbox
from actions.actors import Actor
from actions.exports.models import Export, ExportPart, ExportReason, ExportState
from actions.exports.queries import TOOK
from actions.exports.rows import packed, unpacked
from actions.extensions import db
from actions.lists.models import MailingList
from actions.staff.audit import note
from actions.supporters.models import Supporter

TASK = "workers.exports.run"


def ask(joined: MailingList, reason: ExportReason, *, by: Actor) -> Export:
    """Whoever has to agree has agreed by now. Asked for twice by one member it is one, until it is made."""
    db.session.get_one(MailingList, joined.id, with_for_update=True)
    making = select(Export).where(
        Export.list_id == joined.id, Export.staff_id == by.id, Export.state == ExportState.MAKING
    )
    if (there := db.session.scalars(making).first()) is not None:
        return there
    made = Export(state=ExportState.MAKING, list_id=joined.id, staff_id=by.id, reason=reason, created_at=clock.now())
    db.session.add(made)
    db.session.flush()
    note("asked for a list", by=by, about=_list_of(made), after={"reason": reason.value, "export": made.id})
    outbox.nudge(TASK, made.id, lane="bulk")
    return made


def note_download(export: Export, *, encrypted: bool, by: Actor) -> None:
    """Before it leaves the desk: who took it, why, and how many people that were."""
    here = _locked(export)
    here.downloads += 1
    after = {"reason": here.reason.value, "export": here.id, "people": here.done, "encrypted": encrypted}
    note(TOOK, by=by, about=_list_of(here), after=after)


def remove(export: Export, *, by: Actor) -> None:
    """Before its day is over, or before it is made. Twice is once."""
    here = _locked(export)
    if here.state is not ExportState.GONE:
        forget(here, by=by)
        note("removed an export", by=by, about=_list_of(here), after={"export": here.id})


def forget(export: Export, *, by: Actor) -> None:
    db.session.execute(delete(ExportPart).where(ExportPart.export_id == export.id))
    export.state = ExportState.GONE
    db.session.flush()


def erase_of(person: Supporter, *, by: Actor) -> None:
    """Out of every table that is kept. One that is being made is waited for, so that no batch of it slips through."""
    making = select(Export.id).where(Export.state == ExportState.MAKING).order_by(Export.id).with_for_update()
    db.session.execute(making)
    around = ExportPart.first_id <= person.id, ExportPart.last_id >= person.id
    for part in db.session.scalars(select(ExportPart).where(*around).order_by(ExportPart.id).with_for_update()):
        rows = unpacked(part.content or "")
        part.content = packed([row for row in rows if row[0] != person.id])
    db.session.flush()


def _locked(export: Export) -> Export:
    return db.session.get_one(Export, export.id, with_for_update=True, populate_existing=True)


def _list_of(export: Export) -> tuple[str, int]:
    return MailingList.__tablename__, export.list_id
