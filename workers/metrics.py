"""Serves actions/metrics.py beside beat, of which there is one: on METRICS_PORT of METRICS_HOST, when that is set."""

from collections.abc import Iterable
from threading import Thread
from wsgiref.simple_server import WSGIServer

import structlog
from celery.signals import beat_embedded_init, beat_init
from flask import Flask
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from actions import metrics
from actions.extensions import db
from workers.binding import flask_app

log = structlog.get_logger()


class Rows(Collector):
    def __init__(self, app: Flask) -> None:
        self._app = app

    def collect(self) -> Iterable[Metric]:
        with self._app.app_context():
            try:
                return list(metrics.collect())
            finally:
                db.session.remove()

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering asks no database."""
        return []


def serve(app: Flask) -> tuple[WSGIServer, Thread] | None:
    """None where no port is set."""
    chosen = app.config["SETTINGS"]
    if chosen.metrics_port is None:
        return None
    registry = CollectorRegistry()
    registry.register(Rows(app))
    log.info("metrics are served", host=chosen.metrics_host, port=chosen.metrics_port)
    return start_http_server(chosen.metrics_port, addr=chosen.metrics_host, registry=registry)


def install() -> None:
    for signal in (beat_init, beat_embedded_init):
        signal.connect(serve_beside_beat)


def serve_beside_beat(**_: object) -> None:
    try:
        serve(flask_app())
    except OSError as error:
        # The clock of all periodic jobs must not stop for want of a port.
        log.warning("metrics cannot be served", error=error.strerror)
