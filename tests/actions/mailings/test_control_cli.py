import json

import pytest
from flask import Flask

from actions.actors import WORKER
from actions.clock import clock
from actions.deliveries import relays
from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.mailings import operations
from actions.mailings.models import Held, Mailing, MailingState
from tests.factories.mailings import draft_alert, launch, rows_of
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber

S = DeliveryState


@pytest.fixture
def mailing(app: Flask) -> Mailing:
    make_organisation()
    updates = make_list()
    for name in ("ada", "ben"):
        make_subscriber(updates, f"{name}@example.org")
    return launch(draft_alert(updates, make_page()))


def run(app: Flask, *args: str | int) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["mailings", *map(str, args)])
    return result.exit_code, result.output


def ends(mailing: Mailing, *states: tuple[DeliveryState, int, str | None]) -> None:
    for row, (state, code, status) in zip(rows_of(mailing), states, strict=True):
        row.state, row.reply_code, row.reply_status, row.ended_at = state, code, status, clock.now()
    db.session.commit()
    operations.settle(mailing, by=WORKER)
    db.session.commit()


@pytest.mark.requirement("O-14")
def test_status_pause_resume_and_cancel(app: Flask, mailing: Mailing) -> None:
    sent = mailing.id
    assert "2 of 2 are still to go." in run(app, "status", sent)[1]
    assert "It is paused: 2 wait" in run(app, "pause", sent)[1]
    assert "still to go" in run(app, "resume", sent)[1]
    assert "It was cancelled after 0 had gone out." in run(app, "cancel", sent)[1]
    assert run(app, "resume", sent) == (1, f"Error: Mailing {sent} is cancelled and cannot become sending.\n")
    assert run(app, "retry-failed", sent)[0] == 1
    db.session.expire_all()
    assert db.session.get_one(Mailing, sent).state is MailingState.CANCELLED
    assert run(app, "status", "700") == (1, "Error: There is no mailing 700.\n")


@pytest.mark.requirement("O-13")
def test_the_json_view_says_all_and_names_nobody(app: Flask, mailing: Mailing) -> None:
    relays.note_trouble("mail.example.org:25", "login", "auth", "535", by=WORKER)
    db.session.commit()
    said = run(app, "status", mailing.id, "--json")[1]
    now = json.loads(said)
    assert (now["state"], now["audience"], now["counts"]) == ("sending", 2, {"queued": 2})
    assert (now["per_second"], now["expected_end"], now["held_because"]) == (0, None, None)
    assert [site["rows"] for site in now["sites"]] == [2]
    assert "refuses our login" in now["sentence"]
    assert now["relay"][0] in now["sentence"]
    assert "ada" not in said


@pytest.mark.requirement("O-15")
def test_what_the_engine_paused_says_why_and_resumes(app: Flask, mailing: Mailing) -> None:
    operations.hold_all(Held.RELAY_REFUSES, by=WORKER)
    db.session.commit()
    assert "The relay refused nearly everybody" in run(app, "status", mailing.id)[1]
    assert json.loads(run(app, "status", mailing.id, "--json")[1])["held_because"] == Held.RELAY_REFUSES
    run(app, "resume", mailing.id)
    db.session.expire_all()
    assert db.session.get_one(Mailing, mailing.id).held_because is None


@pytest.mark.requirement("B-60")
def test_what_failed_for_a_passing_reason_is_tried_again_a_dead_address_not(app: Flask, mailing: Mailing) -> None:
    ends(mailing, (S.FAILED, 451, "4.7.1"), (S.FAILED, 550, "5.1.1"))
    assert mailing.state is MailingState.SENT
    code, said = run(app, "retry-failed", mailing.id)
    assert (code, said.splitlines()[0]) == (0, "1 are tried again, with the same Message-ID.")
    db.session.expire_all()
    assert (mailing.state, mailing.ended_at) == (MailingState.SENDING, None)
    assert [row.state for row in rows_of(mailing)] == [S.QUEUED, S.FAILED]
    ends(mailing, (S.SENT, 250, None), (S.FAILED, 550, "5.1.1"))
    assert mailing.state is MailingState.SENT
    assert "None of its failures may pass." in run(app, "retry-failed", mailing.id)[1]


def test_recipients_in_a_state_are_listed_masked(app: Flask, mailing: Mailing) -> None:
    ends(mailing, (S.UNKNOWN, 0, None), (S.SENT, 250, "2.0.0"))
    first = rows_of(mailing)[0]
    assert run(app, "recipients", mailing.id, "--state", "unknown")[1] == f"{first.id}\ta***@example.org\n"
    assert "ben@example.org\t250 2.0.0" in run(app, "recipients", mailing.id, "--state", "sent", "--plain")[1]
    assert run(app, "recipients", mailing.id, "--state", "lost")[0] == 2
