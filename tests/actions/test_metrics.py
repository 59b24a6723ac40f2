from datetime import time, timedelta
from pathlib import Path

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.core import Metric

from actions import metrics
from actions.actors import WORKER
from actions.clock import clock
from actions.deliveries import relays
from actions.deliveries.models import DeliveryEvent, DeliveryState, Lane
from actions.extensions import db, redis
from actions.letters.stopping import stop
from actions.mailings.models import MailingState
from tests.factories.deliveries import make_delivery, make_mailing
from tests.factories.pages import make_target
from tests.factories.supporters import make_supporter
from tests.structure.tree import ROOT

S = DeliveryState


def collected() -> dict[str, Metric]:
    return {metric.name: metric for metric in metrics.collect()}


def value(name: str, **labels: str) -> float:
    found = [sample.value for sample in collected()[name].samples if labels.items() <= sample.labels.items()]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.requirement("O-22")
def test_the_age_of_each_queue_is_that_of_its_oldest_due_delivery(app: Flask) -> None:
    make_delivery(due_at=clock.now() - timedelta(minutes=5))
    make_delivery(due_at=clock.now() + timedelta(minutes=5))
    assert value("clarion_queue_age_seconds", lane="now") == pytest.approx(300, abs=5)
    assert value("clarion_queue_age_seconds", lane="bulk") == 0
    assert value("clarion_queue_waiting", lane="now") == 2


def test_what_a_person_paused_is_not_late(app: Flask) -> None:
    paused = make_mailing(state=MailingState.PAUSED)
    make_delivery(lane=Lane.BULK, mailing_id=paused.id, due_at=clock.now() - timedelta(hours=5))
    assert value("clarion_queue_age_seconds", lane="bulk") == 0
    assert value("clarion_mailings", state="paused", held_because="") == 1


def test_letters_that_a_person_stopped_are_not_late(app: Flask) -> None:
    make_delivery(lane=Lane.LETTERS, due_at=clock.now() - timedelta(hours=5))
    assert value("clarion_queue_age_seconds", lane="letters") > 0
    stop(None, by=WORKER)
    assert value("clarion_queue_age_seconds", lane="letters") == 0


def test_a_letter_whose_office_is_closed_is_not_late(app: Flask) -> None:
    office = make_target(opens_at=time(0), closes_at=time(0))
    make_delivery(lane=Lane.LETTERS, due_at=clock.now() - timedelta(hours=5), target_id=office.id)
    assert value("clarion_queue_age_seconds", lane="letters") == 0
    office.closes_at = None
    db.session.commit()
    assert value("clarion_queue_age_seconds", lane="letters") > 0


@pytest.mark.requirement("O-22")
def test_what_is_put_off_is_told_by_site(app: Flask) -> None:
    for number in range(12):
        for copy in range(2 if number == 7 else 1):
            make_delivery(make_supporter(f"p{copy}@site{number}.example"), state=S.DEFERRED)
    samples = collected()["clarion_deferred"].samples
    assert [sample.value for sample in samples] == [2.0, *[1.0] * 9, 2.0]
    assert samples[-1].labels == {"site": "other"}
    assert len(samples[0].labels["site"]) == 8


@pytest.mark.requirement("O-22")
def test_unknown_ones_leases_and_relays_are_told(app: Flask) -> None:
    make_delivery(state=S.UNKNOWN)
    make_delivery(state=S.UNKNOWN, ended_at=clock.now())
    relays.note_trouble("mail.example.org:25", "login", "auth", "no", by=WORKER)
    metrics.count_lease_expiries(3)
    metrics.count_lease_expiries(2)
    assert value("clarion_unknown", lane="now") == 1
    assert value("clarion_lease_expiries") == 5
    assert value("clarion_relay_trouble", relay="mail.example.org:25", trouble="login") == 1


@pytest.mark.requirement("O-22")
def test_what_came_back_is_a_share_of_what_was_mailed_in_a_week(app: Flask) -> None:
    mailing = make_mailing(audience=50)
    for kind in ("bounced", "bounced", "complained", "delivered"):
        row = make_delivery(mailing_id=mailing.id, state=S.SENT)
        db.session.add(DeliveryEvent(delivery_id=row.id, kind=kind, at=clock.now()))
    db.session.commit()
    assert value("clarion_event_ratio", kind="bounced") == 0.04
    assert value("clarion_event_ratio", kind="complained") == 0.02
    clock.move(timedelta(days=8))
    assert value("clarion_event_ratio", kind="bounced") == 0


def test_redis_may_be_away(app: Flask, tmp_path: Path) -> None:
    redis.bind(f"unix://{tmp_path}/nothing")
    metrics.count_lease_expiries(1)
    assert value("clarion_lease_expiries") == 0


@pytest.mark.requirement("O-22", "P-10")
def test_no_label_says_who_or_where(app: Flask) -> None:
    for state in (S.DEFERRED, S.QUEUED, S.UNKNOWN):
        make_delivery(make_supporter(f"canary{state.value}@canary.example"), state=state)
    labels = [sample.labels for metric in collected().values() for sample in metric.samples]
    assert "canary" not in repr(labels)


@pytest.mark.requirement("O-22")
def test_the_public_app_has_no_metrics(client: FlaskClient) -> None:
    assert client.get("/metrics").status_code == 404


@pytest.mark.requirement("O-22")
def test_every_alert_speaks_of_a_number_that_there_is(app: Flask) -> None:
    (group,) = yaml.safe_load((ROOT / "docs" / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    names = {f"{name}_total" if metric.type == "counter" else name for name, metric in collected().items()}
    said = " ".join(rule["expr"] for rule in group["rules"])
    for name in names - {"clarion_queue_waiting"}:
        assert name in said, name
    for rule in group["rules"]:
        assert any(name in rule["expr"] for name in names), rule
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["what_to_do"]
