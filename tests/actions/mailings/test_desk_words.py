import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.actors import OPERATOR
from actions.extensions import db
from actions.mailings import queries, writing
from actions.mailings.models import Mailing, MailingState
from actions.mailings.operations import Words
from actions.segments.queries import segments
from actions.segments.rules import Every, LivesIn, to_json
from actions.staff.roles import StaffRole
from tests.factories.mailings import draft_alert, launch
from tests.factories.organisation import make_list, make_organisation
from tests.factories.page_words import make_picture
from tests.factories.pages import make_page
from tests.factories.staff import make_staff, post, sign_in
from tests.factories.supporters import make_subscriber

TEXT = {"blocks-0-type": "text", "blocks-0-html": "She is **well**."}


@pytest.fixture
def draft(app: Flask, client: FlaskClient) -> Mailing:
    make_organisation()
    updates = make_list()
    for name, country in (("de", "DE"), ("kh", "KH")):
        make_subscriber(updates, f"{name}@example.org", country=country)
    sign_in(client, make_staff(StaffRole.EDITOR))
    return draft_alert(updates, make_page())


def here(draft: Mailing, rest: str) -> str:
    return f"/desk/mailings/{draft.id}/{rest}"


def test_words_are_saved(client: FlaskClient, draft: Mailing) -> None:
    words = here(draft, "words/en")
    assert post(client, words, words, version=1, subject="New", preheader="Line", **TEXT).status_code == 303
    db.session.expire_all()
    text = queries.texts_of(draft)["en"]
    assert (text.subject, text.version) == ("New", 2)
    assert "<strong>well</strong>" in text.blocks[0]["html"]


def test_a_button_of_the_editor_keeps_what_was_typed_and_saves_nothing(client: FlaskClient, draft: Mailing) -> None:
    words = here(draft, "words/en")
    answer = post(client, words, words, version=1, subject="Typed", do="blocks:add:heading", **TEXT)
    assert answer.status_code == 200
    assert 'value="Typed"' in answer.text
    assert 'name="blocks-1-type" value="heading"' in answer.text
    db.session.expire_all()
    assert queries.texts_of(draft)["en"].subject != "Typed"


def test_what_is_typed_is_kept_and_is_there_again_until_it_is_saved_or_dropped(
    client: FlaskClient, draft: Mailing
) -> None:
    words = here(draft, "words/en")
    kept = post(client, words, f"{words}/keep", version=1, revision=0, subject="So far", **TEXT)
    assert 'id="revision" value="1"' in kept.text
    db.session.expire_all()
    assert queries.texts_of(draft)["en"].subject != "So far"
    opened = client.get(words)
    assert 'value="So far"' in opened.text
    assert "She is **well**." in opened.text
    assert "connect-src 'self'" in opened.headers["Content-Security-Policy"]
    elsewhere = post(client, words, f"{words}/keep", version=1, revision=0, subject="Other", **TEXT)
    assert "another window" in elsewhere.text
    assert post(client, words, words, version=1, revision=1, subject="Saved", **TEXT).status_code == 303
    assert 'value="Saved"' in client.get(words).text
    post(client, words, f"{words}/keep", version=2, revision=0, subject="Wrong", **TEXT)
    assert post(client, words, f"{words}/forget").status_code == 303
    assert 'value="Saved"' in client.get(words).text


def test_words_that_were_kept_before_somebody_else_saved_ask_first(client: FlaskClient, draft: Mailing) -> None:
    words = here(draft, "words/en")
    post(client, words, f"{words}/keep", version=1, revision=0, subject="By Ann", **TEXT)
    writing.revise(draft, Words(language="en", subject="By Ben", preheader="", blocks=[]), version=1, by=OPERATOR)
    db.session.commit()
    assert 'name="version" value="1"' in client.get(words).text
    told = post(client, words, words, version=1, revision=1, subject="By Ann", **TEXT)
    assert told.status_code == 409
    assert "By Ben" in told.text


def test_keeping_says_when_the_mailing_has_begun(client: FlaskClient, draft: Mailing) -> None:
    launch(draft)
    db.session.commit()
    words = here(draft, "words/en")
    told = post(client, "/desk/mailings", f"{words}/keep", version=1, revision=0, subject="Late", **TEXT)
    assert "sent or scheduled" in told.text


def test_words_that_were_not_saved_when_it_went_are_shown_to_their_writer_until_they_drop_them(
    client: FlaskClient, draft: Mailing
) -> None:
    words, screen = here(draft, "words/en"), here(draft, "").rstrip("/")
    post(client, words, f"{words}/keep", version=1, revision=0, subject="Unsaved", **TEXT)
    assert "You were writing this" not in client.get(screen).text
    draft.state = MailingState.SCHEDULED
    db.session.commit()
    assert "You were writing this when it was scheduled" in client.get(screen).text
    draft.state = MailingState.DRAFT
    launch(draft)
    shown = client.get(screen).text
    for said in ("You were writing this when it went: your words in English", "Unsaved", "She is **well**."):
        assert said in shown
    dropped = post(client, screen, f"{words}/forget")
    assert "You were writing this" not in client.get(dropped.location, follow_redirects=True).text


def test_the_second_of_two_editors_sees_both_and_loses_nothing(client: FlaskClient, draft: Mailing) -> None:
    words = here(draft, "words/en")
    post(client, words, words, version=1, subject="By Ann", **TEXT)
    told = post(client, words, words, version=1, subject="By Ben", **TEXT)
    assert told.status_code == 409
    assert "By Ann" in told.text
    assert 'value="By Ben"' in told.text
    assert 'name="version" value="2"' in told.text


def test_a_new_language_begins_with_the_words_to_translate_and_may_be_left_out(
    client: FlaskClient, draft: Mailing
) -> None:
    words = here(draft, "words/ar")
    assert 'dir="rtl"' in client.get(words).text or "blocks-0-type" in client.get(words).text
    post(client, words, words, version=0, subject="عاجل", **TEXT)
    assert list(queries.texts_of(draft)) == ["en", "ar"]
    post(client, words, here(draft, "words/ar/drop"))
    assert list(queries.texts_of(draft)) == ["en"]
    assert client.get(here(draft, "words/xx")).status_code == 404


def test_the_audience_is_counted_then_saved_under_a_name(client: FlaskClient, draft: Mailing) -> None:
    audience = here(draft, "audience")
    fields = {"list": draft.list_id, "what-0": "country", "value-0": "DE"}
    counted = post(client, audience, audience, do="count", **fields)
    assert "Supporters who live in Germany." in counted.text
    assert '<span class="desk-number">1</span>' in counted.text
    assert post(client, audience, audience, do="save", name="Germans", **fields).status_code == 303
    db.session.expire_all()
    assert draft.rule == to_json(Every((LivesIn(("DE",)),)))
    (saved,) = segments()
    assert "Germany" in client.get(f"{audience}?segment={saved.id}").text


def test_what_is_typed_wrong_is_kept_and_explained(client: FlaskClient, draft: Mailing) -> None:
    audience = here(draft, "audience")
    answer = post(client, audience, audience, do="save", **{"what-0": "country", "value-0": "Germany"})
    assert answer.status_code == 422
    assert "two-letter country codes" in answer.text
    assert 'value="Germany"' in answer.text


def test_the_preview_shows_the_mail_in_a_frame_and_as_text(client: FlaskClient, draft: Mailing) -> None:
    answer = client.get(here(draft, "preview/en?width=phone&bare=1"))
    assert 'width="375"' in answer.text
    assert "frame-src 'self'" in answer.headers["Content-Security-Policy"]
    frame = client.get(here(draft, "preview/en/frame?bare=1&dark=1&reader=unnamed"))
    assert "img-src 'none'" in frame.headers["Content-Security-Policy"]
    assert client.get(here(draft, "preview/km")).status_code == 404
    queries.texts_of(draft)["en"].subject = ""
    db.session.commit()
    assert "It cannot be shown yet" in client.get(here(draft, "preview/en")).text


def test_after_the_launch_the_words_stand(client: FlaskClient, draft: Mailing) -> None:
    words = here(draft, "words/en")
    token_page = client.get(words)
    launch(draft)
    assert client.get(words).status_code == 303
    assert token_page.status_code == 200
    late = post(client, "/desk/mailings/new", words, version=1, subject="Late", **TEXT)
    assert (late.status_code, 'value="Late"' in late.text) == (409, True)


def test_a_picture_without_words_takes_its_own(client: FlaskClient, draft: Mailing) -> None:
    gate = make_picture("gate")
    gate.alt, gate.credit = "A gate", "Us"
    db.session.commit()
    typed = {"blocks-0-type": "picture", "blocks-0-media": "gate"}
    words = here(draft, "words/en")
    assert post(client, words, words, version=1, subject="New", **typed).status_code == 303
    db.session.expire_all()
    block = queries.texts_of(draft)["en"].blocks[0]
    assert (block["alt"], block["credit"]) == ("A gate", "Us")
