from flask import Flask
from sqlalchemy import text

from actions.extensions import db
from actions.pages.locking import lock
from tests.factories.pages import make_page


def test_a_page_that_is_locked_is_read_anew(app: Flask) -> None:
    page = make_page()
    db.session.execute(text("UPDATE pages SET version = 7"))
    assert page.version == 1
    lock(page)
    assert page.version == 7
