"""The migrations: up from empty, down, and what the database itself holds."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from actions import clock
from actions.actors import Actor, Role
from actions.drafts.models import Draft
from actions.extensions import db
from actions.transfers import uploads
from actions.transfers.models import PartKind, TransferPart, TransferState
from tests.factories.mailings import draft_alert
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.staff import make_staff


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


def test_words_that_are_being_written_and_lists_that_came_in_outlive_both_ways(app: Flask) -> None:
    make_organisation()
    page, mailing = make_page(), draft_alert(make_list(), None)
    done, coming = (uploads.new_transfer(by=Actor(Role.STAFF, make_staff(email=f"{n}@a.test").id)) for n in range(2))
    done.state = TransferState.DONE
    db.session.add(TransferPart(transfer_id=coming.id, kind=PartKind.UPLOADED, number=0, content="email"))
    kept = {"staff_id": 1, "based_on": 3, "revision": 2, "words": {"title": "សួស្តី"}, "kept_at": clock.now()}
    places = [("pages", page.id, "km"), ("pages", page.id, "update"), ("mailings", mailing.id, "en")]
    for kind, number, part in places:
        db.session.add(Draft(about_kind=kind, about_id=number, part=part, **kept))
    db.session.commit()
    db.session.remove()
    downgrade(revision="0018")
    for table in ("page_drafts", "mailing_drafts"):
        said = db.session.execute(text(f"SELECT words, based_on, revision FROM {table}")).all()  # noqa: S608  # our own
        assert said == [(kept["words"], 3, 2)]
    states = db.session.execute(text("SELECT state FROM transfers ORDER BY id")).scalars().all()
    assert states == ["done", "cancelled"]
    assert db.session.scalar(text("SELECT count(*) FROM transfer_parts")) == 0
    db.session.remove()
    upgrade()
    found = db.session.scalars(select(Draft).order_by(Draft.id)).all()
    assert {(one.about_kind, one.about_id, one.part) for one in found} == {places[0], places[2]}
    assert all((one.words, one.based_on, one.revision) == (kept["words"], 3, 2) for one in found)


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
