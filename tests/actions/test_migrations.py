"""The migrations: up from empty, down, and what the database itself holds."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from actions.extensions import db


def test_models_and_migrations_agree(app: Flask) -> None:
    context = MigrationContext.configure(db.session.connection(), opts={"compare_type": True})
    assert compare_metadata(context, db.metadata) == []


def test_migrations_go_down_to_nothing_and_up_again(app: Flask) -> None:
    db.session.remove()
    downgrade(revision="base")
    left = db.session.scalars(text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"))
    assert list(left) == ["alembic_version"]
    db.session.remove()
    upgrade()


@pytest.mark.requirement("C-31")
def test_a_consent_text_cannot_be_changed(app: Flask) -> None:
    db.session.execute(
        text(
            "INSERT INTO consent_texts (purpose, language, version, text, sha256, created_at) "
            "VALUES ('list', 'en', 1, 'I want news.', 'x', now())"
        )
    )
    with pytest.raises(IntegrityError, match="never changed"):
        db.session.execute(text("UPDATE consent_texts SET text = 'I want everything.'"))
