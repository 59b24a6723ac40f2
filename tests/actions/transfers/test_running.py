from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select

from actions import clock, outbox
from actions.actors import WORKER, Actor, Role
from actions.addresses import parse_address
from actions.clock import clock as business_clock
from actions.extensions import db
from actions.lists.models import MailingList
from actions.staff.roles import StaffRole
from actions.supporters.models import Supporter
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from actions.tags import operations as tag_operations
from actions.tags.queries import KEPT, names_of
from actions.tags.retention import forget_removed
from actions.transfers import running, tables
from actions.transfers.models import Transfer, TransferPart, TransferState
from actions.transfers.operations import Imported
from actions.transfers.people import Person
from actions.transfers.receiving import receive
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import make_staff
from tests.factories.supporters import make_subscriber
from tests.factories.tags import make_tag

EVIDENCE = "paper forms, spring fair"


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


def begun(updates: MailingList, data: bytes, columns: list[str] | None = None, tag: str = "") -> int:
    member = Actor(Role.STAFF, make_staff(StaffRole.EDITOR, email=f"m{clock.now().timestamp()}@open-door.test").id)
    transfer = receive(BytesIO(data), by=member)
    db.session.commit()
    running.begin(
        transfer,
        updates,
        columns=columns or transfer.reading["columns"],
        evidence=EVIDENCE,
        consented_at=clock.now(),
        tag=tag,
        by=member,
    )
    db.session.commit()
    return transfer.id


def people() -> int:
    return db.session.scalars(select(func.count()).select_from(Supporter)).one()


def tags() -> dict[str, list[str]]:
    named = names_of([one.id for one in db.session.scalars(select(Supporter))])
    return {db.session.get_one(Supporter, who).email or "": names for who, names in named.items()}


def table(number: int) -> bytes:
    return "\n".join(["email", *(f"p{one}@example.org" for one in range(number))]).encode()


def test_everybody_is_taken_in_and_the_file_goes(updates: MailingList) -> None:
    import_id = begun(updates, table(5) + b"\nno address\np1@example.org\n")
    assert running.run(import_id, 0, by=WORKER) is None
    transfer = db.session.get_one(Transfer, import_id, populate_existing=True)
    assert (transfer.state, transfer.rows, transfer.rows_done) == (TransferState.DONE, 7, 7)
    assert (transfer.joined, transfer.merged, transfer.refused) == (5, 1, 1)
    assert people() == 5
    kept = db.session.scalars(select(TransferPart)).all()
    assert [part.kind.value for part in kept] == ["refused"]
    assert "this is no email address" in (kept[0].content or "")


class Killed(BaseException):
    """As SIGKILL: nothing catches it and nothing is put in order."""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_killed_anywhere_it_goes_on_with_the_first_row_that_is_not_in(
    updates: MailingList, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """Before a batch, within it, and between its writes and its commit; rows run over lines and over pieces."""
    monkeypatch.setattr(running, "BATCH", 3)
    monkeypatch.setattr(tables, "PIECE", 64)
    rows = [f'p{one}@example.org,"two\n""lines""",Zo\u00eb {one}' for one in range(20)]
    import_id = begun(updates, "\r\n".join(["email,note,first_name", *rows]).encode(encoding), tag="fair")
    whole, steps = running.import_people, iter(range(1000))
    die_at = 0

    def step() -> None:
        nonlocal die_at
        if next(steps) == die_at:
            die_at += 5
            raise Killed

    def take(people: Sequence[Person], *given: object, **named: object) -> Imported:
        step()
        outcome = whole(people, *given, **named)  # type: ignore[arg-type]  # as it was called
        step()
        return outcome

    monkeypatch.setattr(running, "import_people", take)
    kills, state = 0, TransferState.RUNNING
    while state is TransferState.RUNNING:
        (at,) = running.under_way()
        try:
            running.run(*at, by=WORKER)
        except Killed:
            kills += 1
        db.session.remove()
        state = db.session.get_one(Transfer, import_id).state
    transfer = db.session.get_one(Transfer, import_id)
    assert kills > 2
    assert (transfer.state, transfer.joined, transfer.known, transfer.rows_done) == (TransferState.DONE, 20, 0, 20)
    found = sorted((one.email or "", one.first_name or "") for one in db.session.scalars(select(Supporter)))
    assert found == sorted((f"p{one}@example.org", f"Zo\u00eb {one}") for one in range(20))
    assert tags() == {f"p{one}@example.org": ["fair"] for one in range(20)}


def test_a_turn_begins_where_the_last_one_ended_and_reads_nothing_twice(
    updates: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 10)
    monkeypatch.setattr(running, "TURN_SECONDS", 0.0)
    monkeypatch.setattr(tables, "PIECE", 100)
    import_id = begun(updates, table(35))
    opened: list[int] = []
    whole = TransferPart.content
    reading = SimpleNamespace(open=lambda sealed, part: opened.append(part) or whole.open(sealed, part))
    monkeypatch.setattr(running, "_looked_through", _counted)
    pieces = db.session.scalars(select(func.count()).select_from(TransferPart)).one()
    monkeypatch.setattr(TransferPart, "content", reading)
    turns, at = 0, 0
    while (then := running.run(import_id, at, by=WORKER)) is not None:
        turns, at = turns + 1, then
    assert turns == 4
    assert len(opened) <= pieces + 2 * turns
    assert people() == 35


def _counted(transfer: Transfer) -> bool:
    transfer.rows = 35
    return True


def test_of_two_nudges_for_one_turn_one_counts(updates: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH", 10)
    monkeypatch.setattr(running, "TURN_SECONDS", 0.0)
    import_id = begun(updates, table(35))
    assert running.run(import_id, 0, by=WORKER) == 10
    assert running.run(import_id, 0, by=WORKER) is None
    assert people() == 10
    assert running.under_way() == [(import_id, 10)]


def test_it_is_nudged_on_a_lane_that_no_mailing_fills(updates: MailingList) -> None:
    running.nudge(3, 2000)
    assert outbox.waiting() == [("workers.transfers.run", (3, 2000), "letters")]


def test_a_broken_file_brings_in_nobody(updates: MailingList) -> None:
    import_id = begun(updates, table(30) + b'\n"never closed\n')
    assert running.run(import_id, 0, by=WORKER) is None
    transfer = db.session.get_one(Transfer, import_id, populate_existing=True)
    assert (transfer.state, transfer.broken_line, people()) == (TransferState.FAILED, 32, 0)


def test_everybody_who_is_taken_in_gets_its_tag_and_nobody_who_is_refused(updates: MailingList) -> None:
    make_tag("Spring fair")
    make_subscriber(updates, "p0@example.org")
    suppress(parse_address("p1@example.org").hash, SuppressionReason.COMPLAINT, by=WORKER)
    data = b"email,tags\np0@example.org,press\np1@example.org,\np2@example.org,spring fair\n"
    running.run(begun(updates, data, tag=" spring  fair "), 0, by=WORKER)
    assert tags() == {"p0@example.org": ["press", "Spring fair"], "p2@example.org": ["Spring fair"]}


def test_an_import_outlives_its_tag(updates: MailingList) -> None:
    tag = make_tag("fair")
    import_id = begun(updates, table(1), tag="fair")
    tag_operations.remove(tag, by=WORKER)
    db.session.commit()
    business_clock.move(KEPT + timedelta(minutes=1))
    forget_removed(by=WORKER)
    db.session.commit()
    running.run(import_id, 0, by=WORKER)
    assert (people(), tags()) == (1, {})


def test_what_is_no_tag_begins_nothing(updates: MailingList, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(running.NotReady, match="no comma") as refused:
        begun(updates, table(1), tag="a, b")
    assert refused.value.problem == "tag"
    monkeypatch.setattr(tag_operations, "MOST_TAGS", 0)
    with pytest.raises(running.NotReady, match="tags already"):
        begun(updates, table(1), tag="new")


@pytest.mark.requirement("B-57")
def test_who_wants_no_mail_is_refused(updates: MailingList) -> None:
    suppress(parse_address("p1@example.org").hash, SuppressionReason.COMPLAINT, by=WORKER)
    import_id = begun(updates, table(3))
    running.run(import_id, 0, by=WORKER)
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
    transfer = receive(BytesIO(table(1)), by=member)
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
    assert running.run(import_id, 0, by=WORKER) is None
    assert people() == 0


@pytest.mark.requirement("C-44")
def test_a_file_that_nobody_imports_goes_after_a_week(updates: MailingList) -> None:
    member = Actor(Role.STAFF, make_staff(StaffRole.EDITOR).id)
    transfer = receive(BytesIO(table(1)), by=member)
    db.session.commit()
    business_clock.move(timedelta(days=8))
    running.forget_old(by=WORKER)
    db.session.commit()
    assert transfer.state is TransferState.CANCELLED
    assert db.session.scalars(select(TransferPart)).all() == []
