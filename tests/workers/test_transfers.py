from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy.orm.session import Session as Db

from actions import clock, outbox
from actions.actors import Actor, Role
from actions.clock import clock as business_clock
from actions.staff.roles import StaffRole
from actions.supporters.models import Supporter
from actions.transfers import running, uploads
from actions.transfers.models import Transfer, TransferState
from actions.transfers.receiving import SILENCE, receive
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import make_staff
from workers.transfers import run, sweep

NUDGE = "workers.transfers.run"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What left for the broker."""
    nudges: list[tuple[object, ...]] = []
    monkeypatch.setattr(outbox, "send", lambda task, *ids, lane: nudges.append((task, *ids, lane)))
    return nudges


def begun(session: Db, data: bytes) -> int:
    make_organisation()
    updates, member = make_list(), Actor(Role.STAFF, make_staff(StaffRole.EDITOR).id)
    transfer = receive(BytesIO(data), by=member)
    running.begin(transfer, updates, columns=["email"], evidence="fair", consented_at=clock.now(), by=member)
    session.commit()
    outbox.clear()
    return transfer.id


def test_an_import_whose_nudge_was_lost_is_found_by_the_sweep(
    app: Flask, session: Db, sent: list[tuple[object, ...]]
) -> None:
    import_id = begun(session, b"email\nann@example.org\n")
    sweep()
    assert sent == [(NUDGE, import_id, 0, "letters")]
    run(import_id, 0)
    assert session.get_one(Transfer, import_id, populate_existing=True).state is TransferState.DONE
    run(import_id, 0)
    assert session.query(Supporter).count() == 1
    sweep()
    assert len(sent) == 1


def test_a_turn_that_is_over_nudges_the_next(
    app: Flask, session: Db, sent: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 1)
    monkeypatch.setattr(running, "TURN_SECONDS", 0.0)
    import_id = begun(session, b"email\nann@example.org\nben@example.org\n")
    run(import_id, 0)
    assert sent == [(NUDGE, import_id, 1, "letters")]


def test_an_upload_that_broke_off_is_swept(app: Flask, session: Db) -> None:
    uploads.new_transfer(by=Actor(Role.STAFF, make_staff(StaffRole.EDITOR).id))
    session.commit()
    business_clock.move(SILENCE + timedelta(seconds=1))
    sweep()
    assert session.query(Transfer).count() == 0
