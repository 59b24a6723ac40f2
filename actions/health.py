"""`GET /health`: 200 when the database answers and its tables are those of this code."""

from functools import cache

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import OperationalError

from actions.extensions import db

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def show() -> ResponseReturnValue:
    try:
        current = migrations_are_current()
    except OperationalError:
        return jsonify(status="the database does not answer"), 503
    if not current:
        return jsonify(status="the tables are not those of this code: run `flask --app wsgi db upgrade`"), 503
    return jsonify(status="well")


def migrations_are_current() -> bool:
    context = MigrationContext.configure(db.session.connection())
    return set(context.get_current_heads()) == newest_migrations()


@cache
def newest_migrations() -> frozenset[str]:
    config = Config()
    config.set_main_option("script_location", current_app.extensions["migrate"].directory)
    return frozenset(ScriptDirectory.from_config(config).get_heads())
