"""How Alembic finds our tables and our database."""

from alembic import context
from flask import current_app

from actions.extensions import db

config = context.config


def run() -> None:
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
