from collections.abc import Mapping

import structlog

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.staff.models import AuditEntry

log = structlog.get_logger()


def note(
    action: str,
    *,
    by: Actor,
    about: tuple[str, int] | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Write down that `by` did it, in the transaction that does it. Values are states and settings, never a person's.

    `about` is a table's name and an id.
    """
    kind, number = about or (None, None)
    entry = AuditEntry(
        at=clock.now(),
        staff_id=by.staff_id,
        role=by.role.value,
        action=action,
        about_kind=kind,
        about_id=number,
        before=dict(before or {}),
        after=dict(after or {}),
    )
    db.session.add(entry)
    db.session.flush()
    log.info("noted", action=action, by=by.role.value, staff=entry.staff_id, about=kind, number=number)
