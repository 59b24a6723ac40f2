from datetime import timedelta
from io import BytesIO, RawIOBase

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from actions.actors import WORKER, Actor, Role
from actions.clock import clock as business_clock
from actions.extensions import db
from actions.form_files import BrokenOff
from actions.held_rows import rows_held
from actions.staff.models import AuditEntry
from actions.staff.roles import StaffRole
from actions.transfers import tables, uploads
from actions.transfers.models import Transfer, TransferPart, TransferState
from actions.transfers.people import NotAPeopleFile
from actions.transfers.receiving import SILENCE, forget_broken_off, receive
from tests.factories.staff import make_staff


@pytest.fixture
def editor(app: Flask) -> Actor:
    return Actor(Role.STAFF, make_staff(StaffRole.EDITOR).id)


class Sender(RawIOBase):
    """Sends pieces, and says how many connections were lent out while it did; then does what `then` says."""

    def __init__(self, pieces: int, then: Exception | None = None) -> None:
        self.left, self.then = pieces, then
        self.lent: list[int] = []

    def read(self, _: int = -1) -> bytes:
        self.lent.append(db.engine.pool.checkedout())  # type: ignore[attr-defined]  # of the pool that we use
        self.left -= 1
        if self.left < 0:
            if self.then:
                raise self.then
            return b""
        return b"email,first_name\n" + b"ann@example.org,Zo\xc3\xab\n" * 40


def everything() -> tuple[int, int]:
    """(transfers, pieces) as another connection sees them."""
    with db.engine.connect() as other:
        return tuple(other.scalar(select(func.count()).select_from(one)) or 0 for one in (Transfer, TransferPart))  # type: ignore[return-value]  # two of them


def test_no_transaction_stays_open_while_a_file_is_sent(editor: Actor) -> None:
    sender = Sender(5)
    transfer = receive(sender, by=editor)  # type: ignore[arg-type]  # as much of a stream as is read
    assert sender.lent == [0] * 6
    assert everything() == (1, 5)
    assert transfer.state is TransferState.LOOKED_AT
    assert "uploaded a list" in db.session.scalars(select(AuditEntry.action)).all()


@pytest.mark.parametrize("then", [BrokenOff(), NotAPeopleFile("no"), KeyboardInterrupt()])
def test_what_breaks_off_leaves_nothing_behind(editor: Actor, then: Exception) -> None:
    with pytest.raises(type(then)):
        receive(Sender(3, then), by=editor)  # type: ignore[arg-type]  # as above
    assert everything() == (0, 0)


def test_what_a_killed_process_left_goes_and_what_is_still_coming_stays(editor: Actor) -> None:
    transfer = uploads.new_transfer(by=editor)
    db.session.add(TransferPart(transfer_id=transfer.id, kind="uploaded", number=0, content="email"))
    db.session.commit()
    forget_broken_off(by=WORKER)
    db.session.commit()
    assert everything() == (1, 1)
    business_clock.move(SILENCE + timedelta(seconds=1))
    forget_broken_off(by=WORKER)
    db.session.commit()
    assert everything() == (0, 0)


def test_an_upload_that_was_given_up_for_lost_ends(editor: Actor) -> None:
    class Slow(Sender):
        def read(self, size: int = -1) -> bytes:
            if self.left == 2:
                business_clock.move(SILENCE + timedelta(seconds=1))
                forget_broken_off(by=WORKER)
                db.session.commit()
            return super().read(size)

    with pytest.raises(BrokenOff):
        receive(Slow(4), by=editor)  # type: ignore[arg-type]  # as above
    assert everything() == (0, 0)


def test_nobody_can_be_read_in_the_database(editor: Actor) -> None:
    receive(BytesIO(b"email\nann@example.org\n"), by=editor)
    lying = db.session.execute(text("SELECT content_sealed FROM transfer_parts")).scalars().all()
    assert lying
    assert not any(b"ann@" in bytes(part) for part in lying)


def test_a_request_holds_no_piece_of_it(editor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "PIECE", 100)
    with rows_held():
        receive(BytesIO(b"email\n" + b"ann@example.org\n" * 100), by=editor)
        held = db.session().info["clarion.held"].rows
        assert not [row for row in held if isinstance(row, TransferPart)]
