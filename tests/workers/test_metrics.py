from urllib.request import urlopen

import pytest
from celery.signals import beat_embedded_init, beat_init
from flask import Flask

from devserver.environment import free_port
from tests.factories.deliveries import make_delivery
from workers import metrics


@pytest.mark.requirement("O-22")
def test_numbers_are_served_on_a_port_of_their_own(app: Flask) -> None:
    make_delivery()
    port = free_port()
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"metrics_port": port})
    served = metrics.serve(app)
    assert served is not None
    server, thread = served
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:  # our own server
            text = answer.read().decode()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert 'clarion_queue_waiting{lane="now"} 1.0' in text
    assert "clarion_lease_expiries_total 0.0" in text


def test_without_a_port_nothing_listens(app: Flask) -> None:
    assert metrics.serve(app) is None


def test_beat_serves_them_wherever_it_runs() -> None:
    metrics.install()
    assert beat_init.receivers
    assert beat_embedded_init.receivers
