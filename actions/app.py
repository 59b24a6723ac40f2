"""Puts the web and the command line together: the foundation, its screens, error pages, headers, files."""

import mimetypes
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from actions import blueprints, errors, health, held_rows, security_headers
from actions.assets import URL_PREFIX, find_assets
from actions.config import LOOPBACK, Settings
from actions.extensions import db
from actions.foundation import create_foundation
from actions.staff import accounts

LARGEST_REQUEST = 1024 * 1024
MOST_FORM_PARTS = 200
MIGRATIONS = Path(__file__).parent / "migrations"


def create_app(settings: Settings | None = None) -> Flask:
    """The app, bound to `settings` or to the environment's. Raises CannotStart for what is missing or refused there."""
    app = create_foundation(settings)
    chosen: Settings = app.config["SETTINGS"]
    app.config.update(
        # A request that names another host is refused, though no link is ever made from it (W-20).
        TRUSTED_HOSTS=[str(urlsplit(chosen.base_url).hostname), *LOOPBACK],
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_PARTS=MOST_FORM_PARTS,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
    )
    Migrate(app, db, directory=str(MIGRATIONS), compare_type=True)
    accounts.install(app, chosen)
    held_rows.install(app)
    blueprints.register(app)
    security_headers.install(app)
    errors.install(app)
    app.register_blueprint(health.blueprint)
    serve_files(app, chosen)
    return app


def serve_files(app: Flask, settings: Settings) -> None:
    mimetypes.add_type("font/woff2", ".woff2")
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]  # Flask's own way to wrap it
        app.wsgi_app,
        root=find_assets().folder,
        prefix=URL_PREFIX,
        immutable_file_test=r"-[\w-]{8}\.\w+$",
        allow_all_origins=False,
        add_headers_function=security_headers.add_to_file,
    )
    app.wsgi_app = health.AnyHost(app.wsgi_app, str(urlsplit(settings.base_url).netloc))  # type: ignore[method-assign]  # as above
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_prefix=0)  # type: ignore[method-assign]  # as above
