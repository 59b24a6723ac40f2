import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.pages.models import Page
from actions.staff.roles import StaffRole
from tests.factories.answers import ask_after, link_of, paste, press, questions, send_letter
from tests.factories.desk import Desk, at_the_desk
from tests.factories.letters import make_supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.staff import a_browser

HOSTILE = "<script>alert(1)</script>\n\nWe looked into it."


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    make_list()
    target = make_target()
    made = make_page(targets=[target])
    for name in ("ann", "bea", "cy"):
        send_letter(made, target, make_supporter(f"{name}@example.org", first_name=name.title(), last_name="Muster"))
    return made


@pytest.fixture
def told(app: Flask, page: Page) -> None:
    ask_after(days=15)
    public, (first, second, _) = a_browser(app), questions()
    press(public, link_of(first), "yes")
    paste(public, link_of(first), HOSTILE)
    press(public, link_of(second), "no")


@pytest.fixture
def desk(app: Flask, told: None) -> Desk:
    return at_the_desk(a_browser(app), StaffRole.EDITOR)


def path(page: Page) -> str:
    return f"/desk/pages/{page.id}/answers"


def test_the_pages_screen_says_how_many_of_those_who_were_asked(page: Page, desk: Desk) -> None:
    shown = desk.get(f"/desk/pages/{page.id}")
    assert "Of 3 writers asked whether an answer came, 1 said yes and 1 said not yet." in shown
    assert path(page) in shown


def test_before_anybody_was_asked_the_pages_screen_says_nothing(desk: Desk) -> None:
    assert "said yes" not in desk.get(f"/desk/pages/{make_page('quiet').id}")


def test_what_was_pasted_is_read_as_text_and_names_nobody(page: Page, desk: Desk) -> None:
    shown = desk.get(path(page))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown
    for name in ("Muster", "Ann", "ann@example.org"):
        assert name not in shown


def test_an_answer_is_marked_as_read_and_back(page: Page, desk: Desk) -> None:
    one = f"{path(page)}/{questions()[0].id}"
    assert desk.post(one, do="read").status_code == 303
    assert questions()[0].read_at is not None
    assert "looked into it" not in desk.get(path(page))
    assert "looked into it" in desk.get(f"{path(page)}?show=read")
    desk.post(one, do="unread")
    assert "looked into it" in desk.get(path(page))


def test_an_answer_belongs_to_its_page(page: Page, desk: Desk) -> None:
    other = make_page("other")
    assert desk.post(f"{path(other)}/{questions()[0].id}", do="read").status_code == 404
    assert desk.post(f"{path(page)}/999", do="read").status_code == 404


def test_a_viewer_sees_numbers_and_reads_no_answer(client: FlaskClient, page: Page, told: None) -> None:
    viewer = at_the_desk(client, StaffRole.VIEWER)
    assert "1 said yes" in viewer.get(f"/desk/pages/{page.id}")
    assert viewer.client.get(path(page)).status_code == 403
