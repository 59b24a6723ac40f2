from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select

from actions import clock
from actions.actors import WORKER, Actor, Role
from actions.addresses import parse_address
from actions.clock import clock as business_clock
from actions.extensions import db
from actions.lists.models import MailingList
from actions.staff.roles import StaffRole
from actions.supporters.models import Supporter
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from actions.transfers import running, uploads
from actions.transfers.models import Transfer, TransferPart, TransferState
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import make_staff

EVIDENCE = "paper forms, spring fair"


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


def begun(updates: MailingList, data: bytes, columns: list[str] | None = None) -> int:
    member = Actor(Role.STAFF, make_staff(StaffRole.EDITOR, email=f"m{clock.now().timestamp()}@open-door.test").id)
    transfer = uploads.keep(BytesIO(data), by=member)
    db.session.commit()
    running.begin(
        transfer,
        updates,
        columns=columns or transfer.reading["columns"],
        evidence=EVIDENCE,
        consented_at=clock.now(),
        by=member,
    )
    db.session.commit()
    return transfer.id


def people() -> int:
    return db.session.scalars(select(func.count()).select_from(Supporter)).one()


def table(number: int) -> bytes:
    return "\n".join(["email", *(f"p{one}@example.org" for one in range(number))]).encode()


def test_everybody_is_taken_in_and_the_file_goes(updates: MailingList) -> None:
    import_id = begun(updates, table(5) + b"\nno address\np1@example.org\n")
    assert running.run(import_id, by=WORKER) is False
    transfer = db.session.get_one(Transfer, import_id, populate_existing=True)
    assert (transfer.state, transfer.rows, transfer.rows_done) == (TransferState.DONE, 7, 7)
    assert (transfer.joined, transfer.merged, transfer.refused) == (5, 1, 1)
    assert people() == 5
    kept = db.session.scalars(select(TransferPart)).all()
    assert [part.kind.value for part in kept] == ["refused"]
    assert "this is no email address" in (kept[0].content or "")


def test_one_that_was_killed_goes_on_where_it_was_and_nobody_comes_twice(
    updates: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 10)
    import_id = begun(updates, table(35))
    taken: list[int] = []
    whole = running.import_people

    def dies(*given: object, **named: object) -> object:
        taken.append(1)
        if len(taken) == 3:
            raise KeyboardInterrupt
        return whole(*given, **named)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(running, "import_people", dies)
    with pytest.raises(KeyboardInterrupt):
        running.run(import_id, by=WORKER)
    db.session.rollback()
    transfer = db.session.get_one(Transfer, import_id, populate_existing=True)
    assert (transfer.rows_done, people()) == (20, 20)
    assert running.under_way() == [import_id]
    assert running.run(import_id, by=WORKER) is False
    transfer = db.session.get_one(Transfer, import_id, populate_existing=True)
    assert (transfer.state, transfer.joined, people()) == (TransferState.DONE, 35, 35)


def test_a_broken_file_brings_in_nobody(updates: MailingList) -> None:
    import_id = begun(updates, table(30) + b'\n"never closed\n')
    assert running.run(import_id, by=WORKER) is False
    transfer = db.session.get_one(Transfer, import_id, populate_existing=True)
    assert (transfer.state, transfer.broken_line, people()) == (TransferState.FAILED, 32, 0)


@pytest.mark.requirement("B-57")
def test_who_wants_no_mail_is_refused(updates: MailingList) -> None:
    suppress(parse_address("p1@example.org").hash, SuppressionReason.COMPLAINT, by=WORKER)
    import_id = begun(updates, table(3))
    running.run(import_id, by=WORKER)
    transfer = db.session.get_one(Transfer, import_id, populate_existing=True)
    assert (transfer.joined, transfer.refused) == (2, 1)


@pytest.mark.requirement("C-42")
@pytest.mark.parametrize(
    ("changes", "problem"),
    [({"evidence": " "}, "evidence"), ({"columns": [""]}, "columns"), ({"columns": ["email", "email"]}, "columns")],
)
def test_it_does_not_begin_without_what_it_needs(
    updates: MailingList, changes: dict[str, object], problem: str
) -> None:
    member = Actor(Role.STAFF, make_staff(StaffRole.EDITOR).id)
    transfer = uploads.keep(BytesIO(table(1)), by=member)
    given: dict[str, object] = {"columns": ["email"], "evidence": EVIDENCE, "consented_at": None}
    with pytest.raises(running.NotReady) as refused:
        running.begin(transfer, updates, by=member, **(given | changes))  # type: ignore[arg-type]  # wrong on purpose
    assert refused.value.problem == problem


def test_begun_twice_is_once_and_one_that_is_stopped_ends(updates: MailingList) -> None:
    import_id = begun(updates, table(2))
    transfer = db.session.get_one(Transfer, import_id)
    with pytest.raises(running.NotReady):
        running.begin(transfer, updates, columns=["email"], evidence=EVIDENCE, consented_at=None, by=WORKER)
    running.cancel(transfer, by=WORKER)
    db.session.commit()
    assert running.run(import_id, by=WORKER) is False
    assert people() == 0


@pytest.mark.requirement("C-44")
def test_a_file_that_nobody_imports_goes_after_a_week(updates: MailingList) -> None:
    member = Actor(Role.STAFF, make_staff(StaffRole.EDITOR).id)
    transfer = uploads.keep(BytesIO(table(1)), by=member)
    db.session.commit()
    business_clock.move(timedelta(days=8))
    running.forget_old(by=WORKER)
    db.session.commit()
    assert transfer.state is TransferState.CANCELLED
    assert db.session.scalars(select(TransferPart)).all() == []
