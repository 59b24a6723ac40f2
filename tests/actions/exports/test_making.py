from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from actions.actors import OPERATOR, WORKER
from actions.clock import clock
from actions.exports import making, operations
from actions.exports.models import Export, ExportPart, ExportState
from actions.exports.queries import rows_of
from actions.extensions import db
from actions.lists.models import MailingList
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from tests.factories.exports import ask_for, make_export
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import make_staff
from tests.factories.supporters import make_subscriber


@pytest.fixture
def updates(app: Flask, monkeypatch: pytest.MonkeyPatch) -> MailingList:
    monkeypatch.setattr(making, "BATCH", 2)
    make_organisation()
    made = make_list()
    for number in range(5):
        make_subscriber(made, f"p{number}@example.org")
    return made


@pytest.fixture
def rana(app: Flask) -> Staff:
    return make_staff(StaffRole.EXPORTER)


def addresses(export: Export) -> list[str]:
    return [row[1] for number in range(export.parts) for row in rows_of(export.id, number)]


def test_everybody_is_written_and_it_is_kept_for_a_day(updates: MailingList, rana: Staff) -> None:
    export = make_export(updates, rana)
    assert (export.state, export.people, export.done, export.parts) == (ExportState.READY, 5, 5, 3)
    assert export.ends_at
    assert timedelta() <= clock.now() + making.KEPT - export.ends_at < timedelta(minutes=1)
    assert addresses(export) == [f"p{number}@example.org" for number in range(5)]


def test_one_that_was_killed_goes_on_where_it_was_and_nobody_comes_twice(
    updates: MailingList, rana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_id, whole, times = ask_for(updates, rana).id, making.packed, []

    def dies(*given: object) -> str:
        times.append(1)
        if len(times) == 2:
            raise KeyboardInterrupt
        return whole(*given)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(making, "packed", dies)
    with pytest.raises(KeyboardInterrupt):
        making.run(export_id, by=WORKER)
    assert db.session.get_one(Export, export_id, populate_existing=True).done == 2
    assert making.under_way() == [export_id]
    assert not making.run(export_id, by=WORKER)
    export = db.session.get_one(Export, export_id)
    assert addresses(export) == [f"p{number}@example.org" for number in range(5)]


def test_after_its_turn_the_lane_s_other_work_goes_first(
    updates: MailingList, rana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "TURN_SECONDS", 0.0)
    assert making.run(ask_for(updates, rana).id, by=WORKER)


def test_one_that_was_removed_meanwhile_is_made_no_more(updates: MailingList, rana: Staff) -> None:
    export = ask_for(updates, rana)
    operations.remove(export, by=OPERATOR)
    db.session.commit()
    assert not making.run(export.id, by=WORKER)
    assert not making.run(999, by=WORKER)
    assert db.session.scalars(select(ExportPart)).all() == []


@pytest.mark.requirement("P-09", "C-44")
def test_after_its_day_nothing_of_it_is_left(updates: MailingList, rana: Staff) -> None:
    export = make_export(updates, rana)
    making.forget_ended(by=WORKER)
    assert export.state is ExportState.READY
    clock.move(making.KEPT)
    making.forget_ended(by=WORKER)
    db.session.commit()
    assert export.state is ExportState.GONE
    assert db.session.scalars(select(ExportPart)).all() == []


@pytest.mark.requirement("P-09")
def test_one_that_cannot_be_made_keeps_nothing_beyond_a_day(
    updates: MailingList, rana: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "TURN_SECONDS", 0.0)
    export = ask_for(updates, rana)
    making.run(export.id, by=WORKER)
    making._make(export.id, by=WORKER)
    db.session.commit()
    assert db.session.scalars(select(ExportPart)).all() != []
    clock.move(making.KEPT)
    making.forget_ended(by=WORKER)
    db.session.commit()
    assert db.session.scalars(select(ExportPart)).all() == []
    assert making.under_way() == []
