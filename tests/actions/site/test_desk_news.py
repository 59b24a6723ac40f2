import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.extensions import db
from actions.letters.models import LetterState
from actions.mailings.audience import size_of
from actions.mailings.models import Mailing, MailingState
from actions.pages.models import Page, PageState, PageUpdate
from actions.pages.queries import standing_words
from actions.staff.roles import StaffRole
from tests.factories.desk import Desk, at_the_desk, fields_of
from tests.factories.organisation import make_list, make_organisation
from tests.factories.page_words import make_picture
from tests.factories.pages import add_wording, make_page, make_target
from tests.factories.supporters import make_supporter, say_about_news, sign, write


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    make_list()
    return at_the_desk(client, StaffRole.EDITOR)


@pytest.fixture
def page(desk: Desk) -> Page:
    make_picture("gate")
    target = make_target()
    made = make_page(targets=[target], lead_picture="gate")
    signer, writer = make_supporter("ann@example.org"), make_supporter("bea@example.org")
    sign(made, signer)
    write(made, writer, target, LetterState.READY)
    for person in (signer, writer):
        say_about_news(made, person)
    db.session.commit()
    return made


def news(desk: Desk, page: Page, **changes: str) -> dict[str, str]:
    fields = desk.fields(f"/desk/pages/{page.id}/update")
    told = {"outcome": "partial", "en-headline": "Her medicine has reached her", **story("The gate took it.")}
    return fields | told | {"do": "publish"} | changes


def story(text: str) -> dict[str, str]:
    return {"en-story-0-type": "text", "en-story-0-html": text}


def reread(page: Page) -> Page:
    db.session.expire_all()
    return db.session.get_one(Page, page.id)


def test_the_letters_that_wait_are_shown_before(desk: Desk, page: Page) -> None:
    shown = desk.get(f"/desk/pages/{page.id}/update")
    assert "1 letter to Ambassador Example" in shown


def test_an_update_stands_at_once_and_its_mailing_waits_as_a_draft(desk: Desk, page: Page) -> None:
    answer = desk.post(f"/desk/pages/{page.id}/update", **news(desk, page))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert reread(page).state is PageState.OPEN_WITH_UPDATE
    mailing = db.session.scalars(select(Mailing)).one()
    assert mailing.state is MailingState.DRAFT
    assert size_of(mailing) == 2
    shown = desk.get(answer.headers["Location"])
    assert "ready as a draft" in shown
    editor = f"/desk/mailings/{mailing.id}"
    assert editor in shown
    assert "Her medicine has reached her" in desk.get(editor)
    assert "Her medicine has reached her" in desk.client.get("/a/free-her").get_data(as_text=True)


@pytest.mark.parametrize(("readers", "number"), [("signed", 1), ("wrote", 1), ("both", 2)])
def test_it_is_mailed_to_those_who_signed_or_wrote_or_both(desk: Desk, page: Page, readers: str, number: int) -> None:
    desk.post(f"/desk/pages/{page.id}/update", **news(desk, page, readers=readers))
    assert size_of(db.session.scalars(select(Mailing)).one()) == number


def test_it_need_not_be_mailed(desk: Desk, page: Page) -> None:
    answer = desk.post(f"/desk/pages/{page.id}/update", **news(desk, page, readers="nobody"))
    assert "Nobody is mailed" in desk.get(answer.headers["Location"])
    assert db.session.scalars(select(Mailing)).all() == []


def test_new_words_hold_the_letters_and_the_rest_stays(desk: Desk, page: Page) -> None:
    before = standing_words(page)["en"]
    answer = desk.post(
        f"/desk/pages/{page.id}/update", **news(desk, page, **{"en-letter_body": "Thank you. Now free her."})
    )
    assert "1 letter is held" in desk.get(answer.headers["Location"])
    after = standing_words(reread(page))["en"]
    assert after.letter["body"] == "Thank you. Now free her."
    assert (after.title, after.petition) == (before.title, before.petition)


def test_the_letters_in_other_languages_change_with_it(desk: Desk, page: Page) -> None:
    page.version += 1
    german = {"subject_de": "Bitte", "body_de": "Ich bitte Sie.", "sentences_de": ["Noch immer."]}
    add_wording(page, letter={"subject": "Please", "body": "I ask you.", "points": []} | german)
    db.session.commit()
    path = f"/desk/pages/{page.id}/update"
    assert "The letter in Deutsch" in desk.get(path)
    assert desk.post(path, **news(desk, page, **{"en-letter_body_de": "Ich danke Ihnen."})).status_code == 303
    letter = standing_words(reread(page))["en"].letter
    assert (letter["body_de"], letter["subject_de"], letter["body"]) == ("Ich danke Ihnen.", "Bitte", "I ask you.")
    assert letter["sentences_de"] == ["Noch immer."]


def test_an_end_closes_the_page_and_cancels_what_is_unsent(desk: Desk, page: Page) -> None:
    answer = desk.post(f"/desk/pages/{page.id}/update", **news(desk, page, outcome="won"))
    assert reread(page).state is PageState.WON
    assert "1 letter does not go any more" in desk.get(answer.headers["Location"])
    assert desk.client.get("/a/free-her/sign").status_code == 410


def test_without_an_outcome_a_headline_and_news_nothing_is_published_and_what_was_typed_stays(
    desk: Desk, page: Page
) -> None:
    typed = news(desk, page, **{"en-headline": "", "en-subject": "My subject", "outcome": ""})
    answer = desk.post(f"/desk/pages/{page.id}/update", **typed)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Choose what came of it." in html
    assert "Write a headline" in html
    assert 'value="My subject"' in html
    empty = desk.post(f"/desk/pages/{page.id}/update", **news(desk, page, **{"en-story-0-html": ""}))
    assert "write at least one paragraph" in empty.get_data(as_text=True)
    assert db.session.scalars(select(PageUpdate)).all() == []


def test_pressed_twice_it_is_one_update_and_one_mailing(desk: Desk, page: Page) -> None:
    typed = news(desk, page)
    for _ in range(2):
        assert desk.post(f"/desk/pages/{page.id}/update", **typed).status_code == 303
    assert len(db.session.scalars(select(PageUpdate)).all()) == 1
    assert len(db.session.scalars(select(Mailing)).all()) == 1


def test_a_page_that_has_ended_takes_no_other_outcome(desk: Desk, page: Page) -> None:
    typed = news(desk, page)
    page.state = PageState.CLOSED
    db.session.commit()
    assert desk.post(f"/desk/pages/{page.id}/update", **typed).status_code == 409


def test_a_draft_has_no_news(desk: Desk, page: Page) -> None:
    page.state = PageState.DRAFT
    db.session.commit()
    assert desk.client.get(f"/desk/pages/{page.id}/update").status_code == 404


def test_what_is_written_is_kept_until_it_is_published(desk: Desk, page: Page) -> None:
    path = f"/desk/pages/{page.id}/update"
    typed = news(desk, page, **{"en-subject": "Good news", "readers": "wrote"})
    assert f'data-keep="{path}/keep"' in desk.get(path)
    kept = desk.post(f"{path}/keep", **typed)
    assert "Kept on" in kept.text
    again = desk.fields(path)
    assert (again["en-headline"], again["en-subject"], again["revision"]) == (
        "Her medicine has reached her",
        "Good news",
        "1",
    )
    assert (again["outcome"], again["readers"]) == ("partial", "wrote")
    assert "The gate took it." in str(again["en-story-0-html"])
    elsewhere = desk.post(f"{path}/keep", **typed | {"en-headline": "Other window"})
    assert "another window" in elsewhere.text
    assert desk.post(path, **again | {"do": "publish"}).status_code == 303
    assert desk.fields(path)["en-headline"] == ""


def test_without_a_script_the_buttons_keep_it_and_one_may_begin_anew(desk: Desk, page: Page) -> None:
    path = f"/desk/pages/{page.id}/update"
    shown = desk.post(path, **news(desk, page) | {"do": "en-story:add:heading"})
    assert "Kept on" in shown.text
    refused = desk.post(path, **fields_of(shown.text, path) | {"outcome": "", "en-subject": "Later", "do": "publish"})
    assert refused.status_code == 422
    again = desk.fields(path)
    assert (again["en-subject"], again["en-story-1-type"]) == ("Later", "heading")
    assert desk.post(f"{path}/forget").status_code == 303
    assert desk.fields(path)["en-subject"] == ""
