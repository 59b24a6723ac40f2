from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from structlog.testing import capture_logs

from actions import clock
from actions.deliveries import kinds
from actions.deliveries.kinds import Kind, Outgoing
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.extensions import db
from tests.factories.deliveries import make_delivery
from tests.factories.engine import claim
from tests.factories.organisation import make_organisation
from tests.factories.supporters import make_supporter
from workers.sending.assembly import Assembled, assemble
from workers.sending.message import HARMLESS

CANARY = "canary-4711"


def assembled() -> Assembled:
    return assemble(claim(), clock.now())


def test_every_message_is_of_its_own_delivery(app: Flask) -> None:
    rows = {make_delivery(make_supporter(f"{name}@example.org")).id: name for name in ("ada", "bo", "cy")}
    made = assembled()
    assert {row: message.recipient for row, message in made.messages.items()} == {
        row: f"{name}@example.org" for row, name in rows.items()
    }
    assert len({message.return_path for message in made.messages.values()}) == 3
    assert made.verdicts == []


def test_one_with_nobody_to_go_to_any_more_is_cancelled(app: Flask) -> None:
    who = make_supporter()
    make_delivery(who)
    who.email = None
    db.session.commit()
    made = assembled()
    assert made.messages == {}
    assert [verdict.state for verdict in made.verdicts] == [DeliveryState.CANCELLED]


@pytest.mark.requirement("L-03")
def test_one_that_must_not_be_sent_fails_and_the_others_go(app: Flask) -> None:
    register(lambda row: "bad\nsubject" if row.about_id == 1 else "good")
    bad, good = make_delivery(kind="probe", about_id=1), make_delivery(kind="probe", about_id=2)
    made = assembled()
    assert list(made.messages) == [good.id]
    assert [(verdict.id, verdict.state, verdict.status) for verdict in made.verdicts] == [
        (bad.id, DeliveryState.FAILED, "5.6.0")
    ]


def test_a_fault_of_ours_puts_off_one_and_not_the_others(app: Flask) -> None:
    register(lambda row: {2: "good"}[row.about_id or 0])
    bad, good = make_delivery(kind="probe", about_id=1), make_delivery(kind="probe", about_id=2)
    with capture_logs() as logged:
        made = assembled()
    assert list(made.messages) == [good.id]
    (verdict,) = made.verdicts
    assert (verdict.id, verdict.state, verdict.tries) == (bad.id, DeliveryState.QUEUED, 1)
    assert verdict.due_at is not None
    assert verdict.due_at > clock.now() + timedelta(minutes=4)
    assert "KeyError" in str(logged)


def test_a_fault_that_nobody_mended_in_time_is_a_failure_to_be_seen(app: Flask) -> None:
    make_delivery(kind="nobody's kind", give_up_at=clock.now())
    (verdict,) = assembled().verdicts
    assert verdict.state is DeliveryState.FAILED


def test_a_fault_is_logged_without_what_the_email_says(app: Flask) -> None:
    def fail(row: Delivery) -> str:
        secret = CANARY
        raise RuntimeError(secret)

    register(fail)
    make_delivery(kind="probe")
    with capture_logs() as logged:
        assembled()
    assert "RuntimeError" in str(logged)
    assert CANARY not in str(logged)


def register(subject: Callable[[Delivery], str]) -> None:
    """A kind whose emails have the subject that `subject` makes of their row."""

    def compose(rows: Sequence[Delivery]) -> Mapping[int, Outgoing]:
        return {row.id: replace(HARMLESS, delivery_id=row.id, subject=subject(row)) for row in rows}

    kinds.register(Kind(name="probe", lane=Lane.NOW, compose=compose))


@pytest.fixture(autouse=True)
def organisation(app: Flask) -> None:
    make_organisation()
