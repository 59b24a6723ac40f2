import json

import pytest
from flask import Flask
from sqlalchemy import select

from actions import outbox
from actions.actors import OPERATOR, Actor, Role
from actions.exports import making, operations
from actions.exports.models import Export, ExportPart, ExportReason, ExportState
from actions.extensions import db
from actions.lists.models import MailingList
from actions.preferences.operations import erase_everything
from actions.staff.models import AuditEntry, Staff
from actions.staff.roles import StaffRole
from tests.factories.exports import make_export
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import make_staff
from tests.factories.supporters import make_subscriber


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def rana(app: Flask) -> Staff:
    return make_staff(StaffRole.EXPORTER)


@pytest.mark.requirement("P-11")
def test_asked_for_twice_it_is_made_once_and_written_down_with_its_reason(updates: MailingList, rana: Staff) -> None:
    by = Actor(Role.STAFF, rana.id)
    made = operations.ask(updates, ExportReason.LAW, by=by)
    assert operations.ask(updates, ExportReason.COPY, by=by) is made
    assert made.state is ExportState.MAKING
    assert outbox.waiting() == [(operations.TASK, (made.id,), "bulk")]
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "asked for a list")).one()
    assert (entry.staff_id, entry.about_id) == (rana.id, updates.id)
    assert entry.after == {"reason": "law", "export": made.id}
    outbox.clear()


def test_removed_it_is_gone_at_once(updates: MailingList, rana: Staff) -> None:
    make_subscriber(updates)
    export = make_export(updates, rana)
    for _ in range(2):
        operations.remove(export, by=OPERATOR)
    db.session.commit()
    assert db.session.get_one(Export, export.id).state is ExportState.GONE
    assert db.session.scalars(select(ExportPart)).all() == []
    assert not making.run(export.id, by=OPERATOR)
    assert db.session.get_one(Export, export.id).state is ExportState.GONE


@pytest.mark.requirement("C-38")
def test_whoever_is_erased_is_taken_out_of_what_is_kept(
    updates: MailingList, rana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "BATCH", 2)
    people = [make_subscriber(updates, f"p{number}@example.org") for number in range(5)]
    export = make_export(updates, rana)
    erase_everything(people[1], by=OPERATOR)
    db.session.commit()
    kept = db.session.scalars(select(ExportPart).where(ExportPart.export_id == export.id).order_by(ExportPart.number))
    ids = [[row[0] for row in json.loads(part.content or "")] for part in kept]
    assert ids == [[people[0].id], [people[2].id, people[3].id], [people[4].id]]
