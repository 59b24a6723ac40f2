import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.pages.models import Page
from actions.tokens import Purpose, tokens
from tests.factories.letters import make_letter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.supporters import make_supporter, sign


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    make_list()
    return make_page(targets=[make_target()])


def test_the_readers_own_signature_is_in_the_number_before_the_next_count(page: Page, client: FlaskClient) -> None:
    who = make_supporter(first_name="Ann", last_name="Lee", country="DE")
    sign(page, who)
    token = tokens.sign(Purpose.CONTINUE, who.id, page.id, who.generation)
    shown = client.get(f"/a/free-her/thanks?done=signature&next={token}")
    assert "1 person has signed." in shown.text
    assert 'action="/a/free-her/write"' in shown.text
    assert 'value="Ann"' in shown.text
    assert 'name="email"' not in shown.text


def test_who_wrote_is_asked_to_sign(page: Page, client: FlaskClient) -> None:
    shown = client.get("/a/free-her/thanks?done=letter")
    assert "Your letter is on its way" in shown.text
    assert 'action="/a/free-her/sign"' in shown.text


def test_a_letter_on_paper_is_thanked_for(page: Page, client: FlaskClient) -> None:
    assert "Your letter is counted" in client.get("/a/free-her/thanks?done=posted").text


def test_a_forged_continuation_shows_nothing_about_anybody(page: Page, client: FlaskClient) -> None:
    shown = client.get("/a/free-her/thanks?done=signature&next=forged")
    assert shown.status_code == 200
    assert 'name="email"' in shown.text


def test_whoever_wrote_to_several_reads_how_many_letters_go_and_to_whom(page: Page, client: FlaskClient) -> None:
    names = ("Minister Example", "President Example")
    both = [make_target(name[:8].lower(), wordings={"en": {"name": name, "state": "X"}}) for name in names]
    several, who = make_page("several", targets=both), make_supporter()
    token = tokens.sign(Purpose.CONTINUE, who.id, several.id, who.generation)
    make_letter(several, both[0], who)
    assert "It goes to Minister Example." in client.get(f"/a/several/thanks?done=letter&next={token}").text
    make_letter(several, both[1], who)
    shown = client.get(f"/a/several/thanks?done=letter&next={token}").text
    assert "Your 2 letters are on their way" in shown
    assert "<li><bdi>Minister Example</bdi></li><li><bdi>President Example</bdi></li>" in shown
    assert "Minister Example" not in client.get("/a/several/thanks?done=letter").text
