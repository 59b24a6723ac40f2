"""The test's own app behind a port, for a browser: what a factory has put into the database stands on its screens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from devserver.environment import free_port


class Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@contextmanager
def live(app: Flask) -> Iterator[str]:
    """Its address. Forms are taken from there alone, so the app is told that it is at home there."""
    port = free_port()
    address = f"http://localhost:{port}"
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"base_url": address})
    server = make_server("localhost", port, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
