from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions import clock
from actions.actors import OPERATOR
from actions.answers.models import Question, Said
from actions.extensions import db
from actions.pages.models import Page
from actions.preferences.operations import erase_everything
from actions.supporters.models import Supporter
from actions.targets.models import Target
from actions.tokens import Purpose, tokens
from actions.transaction import transaction
from email_templates.language import format_date
from tests.factories.answers import ask_after, link_of, paste, press, questions, send_letter
from tests.factories.bundles import bound, brought, page_with_bundles, write
from tests.factories.letters import make_supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.waiting import mails, newest_link

HOSTILE = '<script>alert(1)</script> {{ 7*7 }} {% raw %} \u202egnp.exe "><img src=x onerror=alert(2)>'


@pytest.fixture
def target(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target()


@pytest.fixture
def page(target: Target) -> Page:
    return make_page(targets=[target])


@pytest.fixture
def ann(page: Page, target: Target) -> Supporter:
    made = make_supporter()
    send_letter(page, target, made)
    ask_after(days=14, hours=1)
    return made


@pytest.fixture
def link(ann: Supporter) -> str:
    return link_of(questions()[0])


def the_question() -> Question:
    return questions()[0]


def test_the_link_in_the_mail_shows_the_question_and_changes_nothing(client: FlaskClient, ann: Supporter) -> None:
    link = newest_link("did_they_answer", "/answer/")
    for _ in range(3):
        shown = client.get(link)
        client.head(link)
    assert shown.status_code == 200
    for words in ("Ambassador Example", "Yes, they answered", "No, nothing yet", "Do not ask me again"):
        assert words in shown.text
    assert "ann@example.org" not in shown.text
    assert "Lee" not in shown.text
    assert (the_question().said, the_question().stopped_at) == (None, None)


def test_no_is_one_press_and_twice_is_once(client: FlaskClient, link: str) -> None:
    assert press(client, link, "no").status_code == 303
    first = the_question().said_at
    press(client, link, "no")
    assert (the_question().said, the_question().said_at) == (Said.NO, first)
    assert "once more in a week" in client.get(link).text


def test_after_yes_one_may_tell_what_they_said(client: FlaskClient, link: str) -> None:
    assert "You may tell us" not in client.get(link).text
    press(client, link, "yes")
    shown = client.get(link).text
    assert "You may tell us what they said" in shown
    assert "It is published nowhere" in shown
    assert paste(client, link, "Dear Ms. Lee,\r\n\r\nwe looked into it.").status_code == 303
    assert the_question().answer == "Dear Ms. Lee,\n\nwe looked into it."
    # The link may have been passed on.
    assert "looked into it" not in client.get(link).text
    assert "We have what you told us" in client.get(link).text


def test_posted_twice_it_is_told_once(client: FlaskClient, link: str) -> None:
    press(client, link, "yes")
    paste(client, link, "They will look.")
    first = the_question().answered_at
    paste(client, link, "They will look.")
    assert the_question().answered_at == first


def test_do_not_ask_me_again_ends_it(client: FlaskClient, link: str) -> None:
    press(client, link, "no")
    press(client, link, "never")
    press(client, link, "never")
    assert the_question().stopped_at is not None
    shown = client.get(link).text
    assert "We will not ask you about your letters again" in shown
    assert 'value="never"' not in shown
    ask_after(days=8)
    assert len(mails("did_they_answer")) == 1


def test_hostile_text_is_kept_as_text(client: FlaskClient, link: str) -> None:
    press(client, link, "yes")
    paste(client, link, HOSTILE)
    assert the_question().answer == HOSTILE.replace("\u202e", "")


@pytest.mark.parametrize("text", ["a\x07b", "x" * 20_001])
def test_what_cannot_be_taken_is_said_and_kept_in_the_form(client: FlaskClient, link: str, text: str) -> None:
    press(client, link, "yes")
    answer = paste(client, link, text)
    assert answer.status_code == 422
    assert "Something is not right yet" in answer.text
    assert text[:100] in answer.text
    assert the_question().answer is None


def test_text_without_the_stamp_of_our_form_is_refused(client: FlaskClient, link: str) -> None:
    press(client, link, "yes")
    assert client.post(link, data={"say": "tell", "answer": "x"}).status_code == 422
    assert the_question().answer is None


@pytest.mark.parametrize("nonsense", ["", "maybe", "YES", "yes\0"])
def test_nonsense_says_nothing(client: FlaskClient, link: str, nonsense: str) -> None:
    client.post(link, data={"say": nonsense})
    expected = Said.YES if nonsense.replace("\0", "") == "yes" else None
    assert the_question().said is expected


@pytest.mark.requirement("C-02")
@pytest.mark.parametrize("purpose", [one for one in Purpose if one is not Purpose.ANSWER])
def test_a_link_of_another_purpose_opens_nothing(client: FlaskClient, ann: Supporter, purpose: Purpose) -> None:
    other = f"/answer/{tokens.sign(purpose, the_question().id)}"
    assert client.get(other).status_code == 404
    assert press(client, other, "yes").status_code == 404
    assert the_question().said is None


def test_a_link_with_more_or_with_nothing_behind_it_opens_nothing(client: FlaskClient, ann: Supporter) -> None:
    for parts in ((the_question().id, 1), (10**6,), ("x",)):
        assert client.get(f"/answer/{tokens.sign(Purpose.ANSWER, *parts)}").status_code == 404


@pytest.mark.requirement("C-03")
def test_an_old_link_has_ended(client: FlaskClient, link: str) -> None:
    clock.clock.move(timedelta(days=61))
    assert client.get(link).status_code == 410
    assert press(client, link, "yes").status_code == 410
    assert the_question().said is None


@pytest.mark.requirement("C-38")
def test_after_an_erasure_the_link_has_ended(client: FlaskClient, ann: Supporter, link: str) -> None:
    press(client, link, "yes")
    with transaction():
        erase_everything(db.session.get_one(Supporter, ann.id), by=OPERATOR)
    assert client.get(link).status_code == 410
    assert client.post(link, data={"say": "tell", "answer": "x"}).status_code == 410
    assert the_question().answer is None


@pytest.mark.requirement("L-10")
def test_a_letter_on_paper_is_named_with_the_day_on_which_it_was_handed_over(client: FlaskClient, app: Flask) -> None:
    to = page_with_bundles()
    write(*to, "Ann")
    day = clock.now() - timedelta(days=5)
    brought(bound(*to), on=day)
    ask_after(days=14, hours=1)
    shown = client.get(link_of(the_question())).text
    assert f"was handed over on paper on {format_date(day, 'en')}." in shown


@pytest.mark.parametrize("language", ["en", "ar", "km"])
def test_every_state_is_shown_in_every_language(client: FlaskClient, link: str, language: str) -> None:
    for pressed in ("", "no", "yes", "never"):
        answer = press(client, link, pressed) if pressed else None
        assert answer is None or answer.status_code == 303
        shown = client.get(f"{link}?lang={language}&done={pressed}")
        assert shown.status_code == 200
        assert f'lang="{language}"' in shown.text
