"""Bad days of a relay, from the row to the sentence: nobody fails for its fault, and somebody is told what to do."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from actions.actors import OPERATOR
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.extensions import db
from actions.mailings import operations, progress
from actions.mailings.models import Mailing, MailingState
from devserver.catcher import Catcher
from tests.factories.certificates import A_DAY, Authority
from tests.factories.mailings import draft_alert, launch
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.relay import ScriptedRelay, running_relay
from tests.factories.supporters import make_subscriber
from workers.sending import health
from workers.sending.dispatch import drain
from workers.sending.health import health_of

pytestmark = pytest.mark.requirement("O-15")
S = DeliveryState
FAILED_NOBODY = {S.FAILED, S.UNKNOWN, S.SUPPRESSED, S.CANCELLED}


@pytest.fixture(autouse=True)
def _healthy() -> Iterator[None]:
    yield
    health_of.cache_clear()


def mailing_to(readers: int) -> Mailing:
    make_organisation()
    updates = make_list()
    for number in range(readers):
        make_subscriber(updates, f"p{number}@site{number % 7}.example")
    return launch(draft_alert(updates, make_page()))


def send(app: Flask, url: str, **changes: object) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"smtp_url": url, **changes})
    drain(Lane.BULK, is_stopping=lambda: False, seconds=20)


def sentence(mailing: Mailing) -> str:
    db.session.rollback()
    db.session.expire_all()
    return progress.status(db.session.get_one(Mailing, mailing.id)).sentence


def states() -> dict[DeliveryState, int]:
    counted = select(Delivery.state, func.count()).group_by(Delivery.state)
    return {row[0]: row[1] for row in db.session.execute(counted)}


@pytest.mark.parametrize(
    ("replies", "options", "said"),
    [
        (
            {"ehlo": b"250-x\r\n250 AUTH PLAIN\r\n", "auth": b"535 5.7.8 Bad credentials\r\n"},
            "login",
            "refuses our login",
        ),
        ({"ehlo": b"250 x\r\n"}, "tls", "offers no TLS, which SMTP_URL requires"),
        ({"connect": b"HTTP/1.1 400 Bad Request\r\n"}, "", "answers what is no SMTP"),
        ({"connect": b"554 5.7.1 Go away\r\n"}, "", "refuses to talk to us"),
        ({"connect": b"421 4.3.2 Busy\r\n"}, "", "says that it is busy"),
        ({"ehlo": b"250-x\r\n250 SIZE 600\r\n"}, "", "takes no message as large as ours"),
        ({"mail": b"552 5.3.4 Too big\r\n"}, "", "takes no message as large as ours"),
        ({"mail": b"530 5.7.0 Authentication required\r\n"}, "", "refuses our login"),
    ],
)
def test_what_a_relay_does_to_us_is_said_and_fails_nobody(
    app: Flask, replies: dict[str, bytes], options: str, said: str
) -> None:
    mailing = mailing_to(3)
    with running_relay(**replies) as relay:
        user = "user:secret@" if options == "login" else ""
        tls = "starttls" if options == "tls" else "none"
        send(app, f"smtp://{user}127.0.0.1:{relay.port}?tls={tls}")
        assert said in sentence(mailing)
        assert "secret" not in sentence(mailing)
        assert states() == {S.QUEUED: 3}
        mended(app, relay)
    assert states() == {S.SENT: 3}
    assert said not in sentence(mailing)


def mended(app: Flask, relay: ScriptedRelay) -> None:
    relay.replies.clear()
    db.session.execute(Delivery.__table__.update().values(due_at=func.now()))
    db.session.commit()
    send(app, relay.url)
    db.session.rollback()


def test_an_expired_certificate_is_said(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mailing = mailing_to(2)
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with running_relay() as relay:
        relay.implicit_tls, relay.tls = True, authority.server("127.0.0.1", until=-A_DAY)
        send(app, f"smtp://127.0.0.1:{relay.port}?tls=implicit")
    assert "shows a certificate that is not good" in sentence(mailing)
    assert "Have it renewed" in sentence(mailing)
    assert states() == {S.QUEUED: 2}


@pytest.mark.parametrize("answer", ["550 5.1.1 Unknown", "554 5.7.1 Relay access denied", "550 No"])
def test_a_relay_that_takes_one_of_very_many_pauses_the_mailing(
    app: Flask, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "REFUSING_SECONDS", 1.0)
    mailing = mailing_to(150)
    with Catcher() as catcher:
        catcher.rules.recipients = {f"p{number}@site{number % 7}.example": answer for number in range(1, 150)}
        send(app, catcher.url)
        assert "It is paused" in sentence(mailing)
        assert "refuses nearly everybody" in sentence(mailing)
        assert not FAILED_NOBODY & states().keys()
        assert states().get(S.SENT, 0) <= 1
        catcher.rules.recipients = {}
        time.sleep(1)
        operations.resume(db.session.get_one(Mailing, mailing.id), by=OPERATOR)
        db.session.execute(Delivery.__table__.update().where(Delivery.state == S.DEFERRED).values(state=S.QUEUED))
        db.session.execute(Delivery.__table__.update().values(due_at=func.now()))
        db.session.commit()
        send(app, catcher.url)
    db.session.rollback()
    assert states() == {S.SENT: 150}
    assert "relay" not in sentence(mailing).lower()


def test_a_relay_that_puts_off_nearly_everybody_slows_the_mailing(app: Flask) -> None:
    mailing = mailing_to(80)
    with Catcher() as catcher:
        catcher.rules.recipients = {f"p{number}@site{number % 7}.example": "451 4.3.2 Later" for number in range(1, 80)}
        send(app, catcher.url)
    said = sentence(mailing)
    assert "79 were put off by the receiving side (mostly 4.3.2)" in said
    assert "puts off nearly everything" in said
    assert states() == {S.SENT: 1, S.DEFERRED: 79}
    assert db.session.get_one(Mailing, mailing.id).state is MailingState.SENDING
