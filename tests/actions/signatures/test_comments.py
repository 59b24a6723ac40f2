import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from actions.actors import OPERATOR
from actions.extensions import db
from actions.pages.models import Page
from actions.signatures import comments
from actions.signatures.models import CommentVerdict
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.statements import noted_statements
from tests.factories.waiting import newest_link, sign


@pytest.fixture
def page(app: Flask, client: FlaskClient) -> Page:
    make_organisation()
    make_list()
    made = make_page()
    for number in range(3):
        sign(client, email=f"p{number}@example.org", comment=f"Word {number}" if number else "")
        client.post(newest_link())
    sign(client, email="later@example.org", comment="Not confirmed")
    return made


def test_a_comment_is_read_once_its_signature_counts(page: Page) -> None:
    assert [row.comment for row in comments.comments(page, None)] == ["Word 1", "Word 2"]
    assert comments.numbers(page) == {None: 2, CommentVerdict.KEPT: 0, CommentVerdict.LEFT_OUT: 0}


def test_what_was_chosen_can_be_chosen_again(page: Page) -> None:
    first, second = comments.comments(page, None)
    kept, left_out = CommentVerdict.KEPT, CommentVerdict.LEFT_OUT
    assert comments.settle(page, {first.id: kept, second.id: left_out}, by=OPERATOR) == 2
    assert [row.comment for row in comments.comments(page, kept)] == ["Word 1"]
    assert comments.comments(page, None) == []
    assert comments.settle(page, {second.id: None}, by=OPERATOR) == 1
    assert comments.numbers(page) == {None: 1, kept: 1, left_out: 0}


def test_a_comment_under_another_page_is_left_alone(page: Page) -> None:
    (first, _), other = comments.comments(page, None), make_page("other")
    assert comments.settle(other, {first.id: CommentVerdict.KEPT}, by=OPERATOR) == 0
    db.session.refresh(first)
    assert first.comment_verdict is None


def test_many_comments_come_a_screen_at_a_time(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comments, "PER_SCREEN", 1)
    (first,) = comments.comments(page, None)
    (second,) = comments.comments(page, None, first.id)
    assert second.comment == "Word 2"
    assert comments.comments(page, None, second.id) == []


@pytest.mark.requirement("O-20")
@pytest.mark.parametrize("verdict", [None, *CommentVerdict])
def test_a_page_with_few_comments_is_not_looked_for_among_all_signatures(
    page: Page, verdict: CommentVerdict | None
) -> None:
    for way in ("seqscan", "sort", "bitmapscan"):
        db.session.execute(text(f"SET LOCAL enable_{way} = off"))
    with noted_statements() as statements:
        comments.comments(page, verdict)
    (statement, values), *_ = statements
    plan = "\n".join(row[0] for row in db.session.connection().exec_driver_sql(f"EXPLAIN {statement}", values))
    assert "using ix_signatures_comments" in plan
