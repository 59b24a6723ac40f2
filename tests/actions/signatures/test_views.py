import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from actions.extensions import db
from actions.pages.models import Page, PageState
from actions.signatures.models import Signature
from tests.factories.forms import fields_of, send_form
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.waiting import PERSON, mails, newest_link

PATH = "/a/free-her/sign"


@pytest.fixture(autouse=True)
def page(app: Flask) -> Page:
    make_organisation()
    make_list()
    return make_page()


def signatures() -> int:
    return db.session.scalar(select(func.count()).select_from(Signature)) or 0


@pytest.mark.requirement("C-33", "C-35")
def test_the_page_says_what_is_signed_who_asks_and_who_gets_it(client: FlaskClient) -> None:
    shown = client.get(PATH).text
    for said in (
        "Release her at once.",
        "The Prime Minister",
        "Open Door Fund asks.",
        "The ambassador gets it,",
        "who represents Cambodia.",
        "Six months.",
        "By the link in every mail.",
    ):
        assert said in shown


@pytest.mark.requirement("C-32", "A-01")
def test_nothing_is_ticked_and_nothing_needs_a_script_or_a_cookie(client: FlaskClient) -> None:
    answer = client.get(PATH)
    assert 'type="checkbox" checked' not in answer.text
    assert "<script" not in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.requirement("A-03")
def test_a_refused_form_keeps_what_was_typed(client: FlaskClient) -> None:
    answer = send_form(client, PATH, PATH, **(PERSON | {"email": "nobody", "comment": "Because of freedom."}))
    assert answer.status_code == 422
    assert "Because of freedom." in answer.text
    assert 'value="Lee"' in answer.text
    assert signatures() == 0


@pytest.mark.requirement("C-05")
def test_what_waits_is_shown_as_it_will_be(client: FlaskClient) -> None:
    send_form(client, PATH, PATH, **PERSON, comment="Because of freedom.", show_name="initials")
    shown = client.get(newest_link()).text
    for said in ("Release her at once.", "Ann", "Lee", "Because of freedom."):
        assert said in shown


@pytest.mark.parametrize(
    "state", [state for state in PageState if state.value in {"draft", "won", "closed", "stopped"}]
)
def test_a_page_that_takes_no_acts_takes_no_signature(client: FlaskClient, page: Page, state: PageState) -> None:
    typed = fields_of(client.get(PATH).text, PATH) | PERSON
    page.state = state
    db.session.commit()
    for answer in (client.get(PATH), client.post(PATH, data=typed)):
        assert answer.status_code == (404 if state is PageState.DRAFT else 410)
    assert (signatures(), len(mails())) == (0, 0)


def test_a_page_that_was_never_there_is_not_found(client: FlaskClient) -> None:
    assert client.get("/a/nobody/sign").status_code == 404
    assert client.post("/a/nobody/sign", data=PERSON).status_code == 404


@pytest.mark.requirement("C-02")
def test_a_stamp_of_another_page_is_not_taken(client: FlaskClient) -> None:
    make_page("other")
    typed = fields_of(client.get("/a/other/sign").text, "/a/other/sign") | PERSON
    assert client.post(PATH, data=typed).status_code == 422
    assert signatures() == 0
