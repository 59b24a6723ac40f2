import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from actions.extensions import db
from actions.pages.locking import hold_still, lock
from actions.pages.models import Page
from tests.factories.pages import make_page


def test_a_page_that_is_locked_is_read_anew(app: Flask) -> None:
    page = make_page()
    db.session.execute(text("UPDATE pages SET version = 7"))
    assert page.version == 1
    lock(page)
    assert page.version == 7


def test_a_page_that_is_held_still_is_read_anew_and_waited_for_by_whoever_changes_it(app: Flask) -> None:
    page = make_page()
    db.session.commit()
    db.session.refresh(page)
    with db.engine.begin() as another:
        another.execute(text("UPDATE pages SET version = 7"))
    assert page.version == 1
    assert hold_still(page.id).version == page.version == 7
    with db.engine.connect() as another:
        # Others may hold it still too, and it is counted on.
        another.execute(select(Page.id).with_for_update(read=True, key_share=True))
        another.execute(text("UPDATE pages SET letter_count = 1"))
        with pytest.raises(OperationalError):
            another.execute(select(Page.id).with_for_update(nowait=True))
