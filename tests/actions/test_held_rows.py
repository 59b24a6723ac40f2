import gc

from flask import Flask
from flask.testing import FlaskClient

from actions import held_rows
from actions.extensions import db
from actions.held_rows import rows_held
from actions.pages.models import Page
from tests.factories.pages import make_page
from tests.factories.statements import noted_statements


def _reads_of_a_page(page_id: int) -> int:
    """How many statements it takes to ask twice for a row that nobody keeps."""
    db.session.expunge_all()
    with noted_statements() as statements:
        for _ in range(2):
            db.session.get_one(Page, page_id)
            gc.collect()
    return len(statements)


def test_a_row_is_read_once_while_rows_are_held_and_forgotten_after(app: Flask) -> None:
    page_id = make_page().id
    assert _reads_of_a_page(page_id) == 2
    with rows_held():
        assert _reads_of_a_page(page_id) == 1
    assert _reads_of_a_page(page_id) == 2


def test_what_was_just_written_is_held_too(app: Flask) -> None:
    with rows_held():
        made = make_page()
        held = held_rows.held()
        assert held is not None
        assert made in held.rows


def test_after_a_request_nothing_is_held(client: FlaskClient) -> None:
    client.get("/health")
    assert held_rows.held() is None
