from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from actions.actors import Actor, Role
from actions.drafts.operations import Seen
from actions.extensions import db
from actions.pages.drafts import keep_draft, words_in
from actions.pages.models import Page, PageState
from actions.staff.roles import StaffRole
from tests.factories.desk import Desk, at_the_desk
from tests.factories.organisation import make_list, make_organisation
from tests.factories.page_words import make_picture
from tests.factories.pages import make_page, make_target


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    return at_the_desk(client, StaffRole.VIEWER)


@pytest.fixture
def page(desk: Desk) -> Page:
    make_picture("gate")
    made = make_page(state=PageState.DRAFT, targets=[make_target()], lead_picture="gate")
    db.session.commit()
    return made


def test_a_draft_is_seen_as_it_will_be_and_by_nobody_else(desk: Desk, page: Page) -> None:
    make_list()
    framed = desk.get(f"/desk/pages/{page.id}/preview/frame")
    assert "Free her" in framed
    assert 'action="/a/free-her/sign"' in framed
    assert desk.client.get("/a/free-her").status_code == 404


@pytest.mark.requirement("W-02")
def test_only_the_desk_may_frame_it_and_nothing_in_it_has_an_effect(desk: Desk, page: Page) -> None:
    framed = desk.client.get(f"/desk/pages/{page.id}/preview/frame").headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in framed
    assert "sandbox allow-same-origin" in framed
    around = desk.client.get(f"/desk/pages/{page.id}/preview").headers["Content-Security-Policy"]
    assert "frame-src 'self'" in around
    assert "frame-ancestors 'none'" in around


def test_what_oneself_is_writing_is_in_it(desk: Desk, page: Page) -> None:
    make_list()
    by = Actor(Role.STAFF, desk.staff_id)
    keep_draft(page, "en", replace(words_in(page, "en"), title="Not saved yet"), Seen(1), by=by)
    keep_draft(page, "km", replace(words_in(page, "en"), title="ដោះលែង"), Seen(1), by=by)
    db.session.commit()
    assert "Not saved yet" in desk.get(f"/desk/pages/{page.id}/preview/frame")
    assert "ដោះលែង" in desk.get(f"/desk/pages/{page.id}/preview/frame?lang=km")
    assert 'width="100%"' in desk.get(f"/desk/pages/{page.id}/preview?width=wide&lang=km")


def test_it_is_shown_before_a_list_is_set_up(desk: Desk, page: Page) -> None:
    assert "Free her" in desk.get(f"/desk/pages/{page.id}/preview/frame")


def test_there_is_none_of_a_page_that_is_not_there(desk: Desk) -> None:
    assert desk.client.get("/desk/pages/999/preview").status_code == 404
