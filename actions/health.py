"""`GET /health`: 200 when the database answers and its tables are those of this code."""

from collections.abc import Iterable
from functools import cache
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from actions.extensions import db

blueprint = Blueprint("health", __name__)
PATH = "/health"


@blueprint.get(PATH)
def show() -> ResponseReturnValue:
    try:
        current = migrations_are_current()
    except OperationalError:
        return jsonify(status="the database does not answer"), 503
    if not current:
        return jsonify(status="the tables are not those of this code: run `flask --app wsgi db upgrade`"), 503
    return jsonify(status="well")


class AnyHost:
    """A load balancer asks for `/health` by the machine's own address: there, and only there, every host is ours."""

    def __init__(self, app: WSGIApplication, host: str) -> None:
        self.app = app
        self.host = host

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == PATH:
            environ["HTTP_HOST"] = self.host
        return self.app(environ, start_response)


def migrations_are_current() -> bool:
    context = MigrationContext.configure(db.session.connection())
    return set(context.get_current_heads()) == newest_migrations()


@cache
def newest_migrations() -> frozenset[str]:
    config = Config()
    config.set_main_option("script_location", current_app.extensions["migrate"].directory)
    return frozenset(ScriptDirectory.from_config(config).get_heads())
