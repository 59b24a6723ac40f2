from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from actions import clock
from actions.extensions import db
from actions.links.models import LinkCheck
from actions.pages.models import Page, PageState
from actions.pages.queries import page_by_slug
from actions.staff.roles import StaffRole
from tests.factories.desk import Desk, at_the_desk
from tests.factories.organisation import make_organisation
from tests.factories.page_words import make_picture
from tests.factories.pages import add_wording, make_page, make_target


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    return at_the_desk(client, StaffRole.EDITOR)


@pytest.fixture
def whole(desk: Desk) -> Page:
    """A draft that may be opened."""
    make_picture("gate")
    page = make_page(state=PageState.DRAFT, opened_at=None, targets=[make_target()], lead_picture="gate")
    db.session.commit()
    return page


def reread(page: Page) -> Page:
    db.session.expire_all()
    return db.session.get_one(Page, page.id)


def test_an_empty_desk_teaches_what_to_do_first(desk: Desk) -> None:
    assert "Begin your first page" in desk.get("/desk/pages")


@pytest.mark.parametrize("kind", ["urgent_action", "petition", "letter"])
def test_a_page_begins_with_a_title_and_its_checklist(desk: Desk, kind: str) -> None:
    answer = desk.post("/desk/pages/new", kind=kind, title="Free Ilen Varo", country="KH", language="en")
    page = page_by_slug("free-ilen-varo")
    assert page is not None
    assert (answer.status_code, page.kind.value, page.state) == (303, kind, PageState.DRAFT)
    shown = desk.get(answer.headers["Location"])
    assert "It has no lead picture" in shown
    assert "Free Ilen Varo" in desk.get("/desk/pages")
    assert "Open the page now" not in shown


def test_a_page_without_a_title_is_not_begun_and_what_was_typed_stays(desk: Desk) -> None:
    answer = desk.post("/desk/pages/new", kind="petition", title=" ", country="KH", language="km")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Write a title." in html
    assert 'value="KH" selected' in html.replace('selected value="KH"', 'value="KH" selected')
    assert db.session.scalars(select(Page)).all() == []


def test_a_page_is_copied(desk: Desk, whole: Page) -> None:
    assert desk.post(f"/desk/pages/{whole.id}/copy").status_code == 303
    copied = page_by_slug("free-her-copy")
    assert copied is not None
    assert copied.state is PageState.DRAFT


def test_a_dead_link_of_ours_keeps_a_page_closed_whatever_the_form_says(desk: Desk, whole: Page) -> None:
    add_links(whole, "http://localhost:8000/a/nobody")
    shown = desk.get(f"/desk/pages/{whole.id}")
    assert "The link /a/nobody leads nowhere" in shown
    assert "Open the page now" not in shown
    for verb, fields in (("open", {}), ("schedule", {"opens_at": "2999-01-01T10:00"})):
        refused = desk.post(f"/desk/pages/{whole.id}/{verb}", **fields)
        assert (refused.status_code, "leads nowhere" in refused.get_data(as_text=True)) == (422, True)
    assert (reread(whole).state, reread(whole).opens_at) == (PageState.DRAFT, None)


def test_foreign_links_are_asked_for_by_a_worker_on_a_button(desk: Desk, whole: Page) -> None:
    here = f"/desk/pages/{whole.id}"
    assert "Check the links" not in desk.get(here)
    add_links(whole, "https://elsewhere.invalid/x")
    assert "Open the page now" in desk.get(here)
    assert db.session.scalars(select(LinkCheck)).all() == []
    assert desk.post(f"{here}/links").location == f"{here}#check-heading"
    (check,) = db.session.scalars(select(LinkCheck)).all()
    assert (check.address, check.checked_at) == ("https://elsewhere.invalid/x", None)
    assert "The link to elsewhere.invalid is being checked" in desk.get(here)


def add_links(page: Page, address: str) -> None:
    page.version += 1
    add_wording(page, "en", blocks=[{"type": "text", "html": f'<p><a href="{address}">there</a></p>'}])
    db.session.commit()


def test_a_whole_page_is_opened_paused_and_resumed(desk: Desk, whole: Page) -> None:
    assert "Open the page now" in desk.get(f"/desk/pages/{whole.id}")
    for verb, state in (("open", PageState.OPEN), ("pause", PageState.PAUSED), ("resume", PageState.OPEN)):
        assert desk.post(f"/desk/pages/{whole.id}/{verb}").status_code == 303
        assert reread(whole).state is state
    again = desk.post(f"/desk/pages/{whole.id}/open")
    assert again.status_code == 409
    assert "changed its state" in again.get_data(as_text=True)


def test_a_page_that_lacks_something_is_not_opened_and_says_what(desk: Desk, whole: Page) -> None:
    whole.legal_basis = {}
    db.session.commit()
    answer = desk.post(f"/desk/pages/{whole.id}/open")
    assert answer.status_code == 422
    assert "Its legal basis lacks Article 6" in answer.get_data(as_text=True)
    assert reread(whole).state is PageState.DRAFT


def test_a_page_gets_a_date_and_loses_it(desk: Desk, whole: Page) -> None:
    desk.post(f"/desk/pages/{whole.id}/schedule", opens_at="2030-05-01T10:00")
    opens_at = reread(whole).opens_at
    assert opens_at is not None
    assert opens_at > clock.now() + timedelta(days=1)
    assert "opens by itself" in desk.get(f"/desk/pages/{whole.id}")
    desk.post(f"/desk/pages/{whole.id}/schedule", do="call-off")
    assert reread(whole).opens_at is None
    assert desk.post(f"/desk/pages/{whole.id}/schedule", opens_at="soon").status_code == 422


def test_details_are_saved(desk: Desk, whole: Page) -> None:
    make_picture("river")
    db.session.commit()
    fields = desk.fields(f"/desk/pages/{whole.id}/details")
    changed = fields | {"goal": "250", "slug": "free-her-now", "lead_picture": "river", "last_day": "2030-05-01"}
    assert desk.post(f"/desk/pages/{whole.id}/details", **changed).status_code == 303
    page = reread(whole)
    assert (page.goal, page.slug, page.lead_picture) == (250, "free-her-now", "river")
    assert page.action_until is not None
    assert desk.fields(f"/desk/pages/{whole.id}/details")["last_day"] == "2030-05-01"


def test_two_who_change_details_at_once_are_told(desk: Desk, whole: Page) -> None:
    fields = desk.fields(f"/desk/pages/{whole.id}/details")
    desk.post(f"/desk/pages/{whole.id}/details", **(fields | {"goal": "250"}))
    answer = desk.post(f"/desk/pages/{whole.id}/details", **(fields | {"goal": "300"}))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Somebody else changed these details" in html
    assert 'value="300"' in html
    assert "250" in html
    assert reread(whole).goal == 250


def test_an_address_that_another_page_has_is_refused(desk: Desk, whole: Page) -> None:
    make_page("another")
    fields = desk.fields(f"/desk/pages/{whole.id}/details") | {"slug": "another"}
    answer = desk.post(f"/desk/pages/{whole.id}/details", **fields)
    assert answer.status_code == 422
    assert "Another page has this address" in answer.get_data(as_text=True)


def test_scripts_in_every_field_are_shown_as_text(desk: Desk) -> None:
    evil = "<script>alert(1)</script>"
    desk.post("/desk/pages/new", kind="petition", title=evil, country="KH", language="en")
    page = db.session.scalars(select(Page)).one()
    for path in ("", "/details", "/targets", "/preview"):
        assert evil not in desk.get(f"/desk/pages/{page.id}{path}")
    assert evil not in desk.get("/desk/pages")


def test_times_are_read_and_shown_in_the_writer_s_zone(desk: Desk, whole: Page) -> None:
    desk.post("/desk/account", time_zone="Europe/Berlin", language="en")
    path = f"/desk/pages/{whole.id}"
    assert "Europe/Berlin" in desk.get(path)
    desk.post(f"{path}/schedule", opens_at="2199-07-10T09:00")
    assert reread(whole).opens_at == datetime(2199, 7, 10, 7, 0, tzinfo=UTC)
    assert 'title="10 July 2199, 07:00 UTC">10 Jul 2199, 09:00</time>' in desk.get(path)
    assert "as it ends in Europe/Berlin" in desk.get(f"{path}/details")
    gap = desk.post(f"{path}/schedule", opens_at="2027-03-28T02:30")
    assert gap.status_code == 422
    assert "The clocks go forward then, so there is no 02:30" in gap.text
