import pytest
from flask import Flask
from sqlalchemy.orm.session import Session as Db

from actions.clock import clock
from actions.exports import making
from actions.exports.models import Export, ExportState
from actions.staff.roles import StaffRole
from tests.factories.exports import ask_for, make_export
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import make_staff
from tests.factories.supporters import make_subscriber
from workers.exports import run, sweep


def test_an_export_whose_nudge_was_lost_is_found_by_the_sweep_and_removed_after_its_day(
    app: Flask, session: Db
) -> None:
    make_organisation()
    updates = make_list()
    make_subscriber(updates)
    export_id = ask_for(updates, make_staff(StaffRole.EXPORTER)).id
    sweep()
    assert session.get_one(Export, export_id, populate_existing=True).state is ExportState.READY
    run(export_id)
    clock.move(making.KEPT)
    sweep()
    assert session.get_one(Export, export_id, populate_existing=True).state is ExportState.GONE


def test_what_is_not_done_in_one_turn_is_nudged_again(app: Flask, session: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    make_organisation()
    export_id = ask_for(make_list(), make_staff(StaffRole.EXPORTER)).id
    sent: list[object] = []
    monkeypatch.setattr(making, "TURN_SECONDS", 0.0)
    monkeypatch.setattr("actions.outbox.send", lambda *given, lane: sent.append((*given, lane)))
    run(export_id)
    assert sent == [("workers.exports.run", export_id, "bulk")]


def test_one_that_cannot_be_made_keeps_no_other_beyond_its_day(
    app: Flask, session: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_organisation()
    updates, rana = make_list(), make_staff(StaffRole.EXPORTER)
    ready = make_export(updates, rana).id
    clock.move(making.KEPT)
    ask_for(updates, rana)

    def breaks(*_: object) -> int:
        raise KeyError

    monkeypatch.setattr(making, "_number", breaks)
    with pytest.raises(KeyError):
        sweep()
    assert session.get_one(Export, ready, populate_existing=True).state is ExportState.GONE
