from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.clock import clock
from actions.deliveries.models import DeliveryState, Lane
from actions.extensions import db, redis
from actions.mailings import operations as mailings
from actions.mailings.models import Held, Mailing, MailingState
from actions.restores import operations, witness
from tests.factories.deliveries import make_delivery, make_mailing, state_of
from tests.factories.restores import Rows, back_up, put_back

S = DeliveryState


@pytest.fixture(autouse=True)
def _witness(app: Flask, tmp_path: Path) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"witness_dir": tmp_path / "witness"})


def advance() -> None:
    number = operations.advance()
    db.session.commit()
    if number is not None:
        witness.keep(number)


def held(lane: Lane = Lane.BULK) -> bool:
    answer = operations.holds_back(lane)
    db.session.commit()
    return answer


@pytest.fixture
def backup(app: Flask) -> Rows:
    """Taken in the middle of a mailing; a row of it and a letter went after that."""
    mailing = make_mailing(audience=2)
    row = make_delivery(lane=Lane.BULK, kind="newsletter", mailing_id=mailing.id)
    make_delivery(lane=Lane.BULK, kind="newsletter", mailing_id=mailing.id, state=S.SENT)
    letter = make_delivery(lane=Lane.LETTERS, kind="letter_receipt")
    advance()
    advance()
    taken = back_up()
    for sent in (row, letter):
        sent.state = S.SENT
    db.session.commit()
    advance()
    return taken


@pytest.mark.requirement("O-18")
def test_a_database_that_only_goes_on_is_never_held(backup: Rows) -> None:
    for _ in range(3):
        assert not held()
        advance()
    assert operations.standing_restore() is None


@pytest.mark.requirement("O-18")
def test_a_backup_put_back_in_the_middle_of_a_mailing_sends_nothing_by_itself(backup: Rows) -> None:
    put_back(backup)
    assert held(Lane.BULK)
    assert held(Lane.LETTERS)
    assert not held(Lane.NOW)
    mailing = db.session.query(Mailing).one()
    assert (mailing.state, mailing.held_because) == (MailingState.PAUSED, Held.RESTORED)
    found = operations.standing_restore()
    assert found is not None
    assert found.lost_since == backup["restore_marks"][0]["marked_at"]


@pytest.mark.requirement("O-18")
@pytest.mark.parametrize("lost", ["redis", "file"])
def test_one_of_the_two_marks_is_enough(backup: Rows, lost: str, tmp_path: Path) -> None:
    if lost == "redis":
        redis.client.flushdb()
    else:
        (tmp_path / "witness" / witness.MARK).unlink()
    put_back(backup)
    assert held()


@pytest.mark.requirement("O-18")
def test_the_job_that_keeps_the_mark_notices_it_too(backup: Rows) -> None:
    put_back(backup)
    advance()
    assert operations.standing_restore() is not None


def test_without_any_mark_outside_the_database_is_believed(backup: Rows, tmp_path: Path) -> None:
    put_back(backup)
    redis.client.flushdb()
    (tmp_path / "witness" / witness.MARK).unlink()
    assert not held()
    advance()
    assert not held()


@pytest.mark.requirement("O-18", "L-14")
def test_after_a_look_it_goes_on_and_no_letter_goes_twice(backup: Rows) -> None:
    put_back(backup)
    held()
    letter = next(row for row in backup["deliveries"] if row["lane"] == Lane.LETTERS)
    assert operations.go_on(by=OPERATOR) == 1
    db.session.commit()
    assert not held()
    assert operations.go_on(by=OPERATOR) == 0
    assert db.session.scalar(db.select(operations.Delivery.state).filter_by(id=letter["id"])) is S.UNKNOWN
    mailing = db.session.query(Mailing).one()
    assert mailing.state is MailingState.PAUSED
    mailings.resume(mailing, by=OPERATOR)
    advance()
    assert not held()


def test_a_restore_that_a_person_says_is_held_as_well(app: Flask) -> None:
    row = make_delivery(lane=Lane.BULK, kind="newsletter", mailing_id=make_mailing().id)
    operations.note_restore(by=OPERATOR)
    db.session.commit()
    assert held()
    assert state_of(row).state is S.QUEUED


def test_redis_may_be_away(app: Flask, tmp_path: Path) -> None:
    redis.bind(f"unix://{tmp_path}/nothing")
    advance()
    assert not held()
    clock.move(timedelta(minutes=1))
    advance()
    assert witness.mark() == 2
