from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from structlog.testing import capture_logs

from actions import clock
from actions.deliveries import kinds
from actions.deliveries.kinds import Copy, Kind, Outgoing, Row, Words
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.extensions import db
from actions.tokens import tokens
from email_templates.merging import sentinel
from tests.factories.deliveries import make_delivery
from tests.factories.engine import claim
from tests.factories.mailings import draft_alert, launch, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter
from workers.sending import stencil
from workers.sending.assembly import Assembled, assemble
from workers.sending.message import HARMLESS

CANARY = "canary-4711"
BLOCKS = [{"type": "text", "html": '<p>Dear {{first_name}}: <a href="{{preferences}}">your settings</a></p>'}]


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


@pytest.mark.requirement("B-18", "B-19", "W-18")
def test_a_retry_after_a_new_key_and_a_deploy_has_the_same_bytes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    updates, page = make_list(), make_page()
    make_subscriber(updates, "ada@example.org")
    launch(draft_alert(updates, page, words(subject="{{first_name}}, write for her", blocks=BLOCKS)))
    claims = claim(Lane.BULK)
    first = assemble(claims, clock.now())
    before = app.config["SETTINGS"].secret_keys
    rotated = ("a-newer-secret-0123456789abcdefghijklmnop", *before)
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"secret_keys": rotated})
    tokens.bind(rotated)
    monkeypatch.setattr(stencil, "_cut", OrderedDict())
    clock.clock.move(timedelta(hours=1))
    assert len(first.messages) == 1
    assert assemble(claims, clock.now()) == first


def test_a_copy_without_a_value_waits_and_the_others_go(app: Flask) -> None:
    probe = Words(
        key=("probe",),
        subject="s",
        text=sentinel("act"),
        html=None,
        from_name="n",
        from_address="b@clarion.invalid",
        auto_submitted=False,
    )

    def compose(rows: Sequence[Row]) -> Mapping[int, Copy]:
        return {
            row.id: Copy(row.id, "a@clarion.invalid", probe, {"act": "x" if row.about_id == 2 else ""}) for row in rows
        }

    kinds.register(Kind(name="probe", lane=Lane.NOW, compose=compose))
    bad, good = make_delivery(kind="probe", about_id=1), make_delivery(kind="probe", about_id=2)
    made = assembled()
    assert list(made.messages) == [good.id]
    assert [(verdict.id, verdict.state, verdict.tries) for verdict in made.verdicts] == [
        (bad.id, DeliveryState.QUEUED, 1)
    ]


def register(subject: Callable[[Delivery], str]) -> None:
    """A kind whose emails have the subject that `subject` makes of their row."""

    def compose(rows: Sequence[Delivery]) -> Mapping[int, Outgoing]:
        return {row.id: replace(HARMLESS, delivery_id=row.id, subject=subject(row)) for row in rows}

    kinds.register(Kind(name="probe", lane=Lane.NOW, compose=compose))


@pytest.fixture(autouse=True)
def organisation(app: Flask) -> None:
    make_organisation()
