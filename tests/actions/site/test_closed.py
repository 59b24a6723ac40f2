from flask import Flask
from flask.testing import FlaskClient

from actions import clock
from actions.extensions import db
from actions.pages.models import Outcome, PageState, PageUpdate
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page


def test_a_closed_page_says_what_came_of_it_and_where_else_to_act(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    make_list()
    page = make_page(state=PageState.WON)
    make_page("other")
    wordings = {"en": {"headline": "She is free", "blocks": []}}
    update = PageUpdate(
        page_id=page.id, outcome=Outcome.WON, dated=clock.now(), wordings=wordings, created_at=clock.now()
    )
    db.session.add(update)
    db.session.commit()
    answer = client.get("/a/free-her/sign")
    assert answer.status_code == 410
    assert "She is free" in answer.text
    assert "/a/other" in answer.text


def test_a_draft_and_an_unknown_page_are_not_there(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    make_page(state=PageState.DRAFT)
    for slug in ("free-her", "nothing"):
        answer = client.get(f"/a/{slug}")
        assert answer.status_code == 404
        assert "There is no page here" in answer.text
