"""A letter as its writer makes it: in a language of the target's, with gaps, sentences to pick from, and own words."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select

from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.letters.models import Letter
from actions.pages.models import Page
from actions.targets.models import Target
from tests.factories.forms import fields_of, send_form
from tests.factories.mail import links_in
from tests.factories.pages import add_wording

WRITE = "/a/free-her/write"
PDF = "/a/free-her/letter.pdf"
PERSON = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Lee", "country": "DE", "by": "email"}
ON_PAPER = PERSON | {"by": "post", "city": "Berlin", "postal_code": "10115", "street": "Lindenweg 3"}


def letters() -> int:
    return db.session.scalar(select(func.count()).select_from(Letter)) or 0


def read(pdf: bytes) -> str:
    return "\n".join(one.extract_text() for one in PdfReader(BytesIO(pdf)).pages)


@pytest.fixture
def in_german(page: Page, target: Target) -> Page:
    """Beside English."""
    german = {"subject_de": "Lassen Sie sie frei", "body_de": "Ich bitte Sie, sie freizulassen."}
    page.version = 2
    add_wording(page, letter={"subject": "Please release her", "body": "I ask you to release her."} | german)
    target.forms = target.forms | {"de": {"salutation": "Exzellenz,", "close": "Hochachtungsvoll"}}
    db.session.commit()
    return page


@pytest.mark.requirement("A-13")
def test_a_letter_in_german_is_german_to_its_last_line_and_its_writer_reads_what_it_says(
    in_german: Page, client: FlaskClient
) -> None:
    shown = client.get(WRITE).text
    assert ">Deutsch</a>" in shown
    german = client.get(f"{WRITE}?letter=de")
    assert german.headers["Content-Language"] == "en"
    for words in ('<strong lang="de" aria-current="true">Deutsch</strong>', "Exzellenz,", "Ich bitte Sie"):
        assert words in german.text
    translation = german.text.partition('<details class="letter-translation" open>')[2].partition("</details>")[0]
    assert "<p>I ask you to release her.</p>" in translation
    assert "words that you change or add are not translated" in translation
    send_form(client, f"{WRITE}?letter=de", WRITE, **PERSON, body="Ich bitte Sie sehr.", name_shown="organisation")
    letter = db.session.scalars(select(Letter)).one()
    assert letter.language == "de"
    link = links_in(db.session.scalars(select(Delivery)).one(), "/c/")[0]
    preview = client.get(link).text
    for words in (
        "Eine Person, die Open Door Fund unterstützt",
        "Vor dem Versand hat die schreibende Person",
        "Ich bitte Sie sehr.",
        "I ask you to release her.",
    ):
        assert words in preview
    assert client.post(link).status_code == 303


def test_a_german_letter_on_paper_keeps_its_language_and_is_headed_as_german_letters_are(
    in_german: Page, client: FlaskClient
) -> None:
    printed = send_form(client, f"{WRITE}?letter=de", WRITE, **(ON_PAPER | {"body": "Ich bitte Sie."}))
    said = read(client.post(PDF, data=fields_of(printed.text, PDF)).data)
    for words in ("Berlin, den ", "VEREINIGTE STAATEN", "Exzellenz,", "Geschrieben und aufgegeben von der Person"):
        assert words in said


@pytest.fixture
def with_aids(in_german: Page) -> Page:
    """A gap, and sentences to pick from."""
    in_german.version = 3
    letter = {
        "subject": "Please release her",
        "body": "I write because [why you write].\n\nPlease tell me what you did.",
        "sentences": ["She is ill.", "She has seen no <lawyer>."],
        "subject_de": "Lassen Sie sie frei",
        "body_de": "Ich schreibe.",
        "sentences_de": ["Sie ist krank.", "Sie hat keinen Anwalt."],
    }
    add_wording(in_german, letter=letter)
    db.session.commit()
    return in_german


def test_a_press_adds_a_sentence_and_keeps_what_was_typed(with_aids: Page, client: FlaskClient) -> None:
    shown = client.get(WRITE).text
    form = shown.partition('action="/a/free-her/write"')[2]
    assert 'name="' not in form[form.index("<button") :].partition(">")[0], "Enter in a field must not add a sentence"
    assert "[why you write]" in shown
    typed = PERSON | {"body": "My own.\r\n\r\nPlease tell me what you did.", "name_shown": "initials", "news": "y"}
    del typed["by"]
    answer = send_form(client, WRITE, WRITE, **typed, add="1")
    assert answer.status_code == 200
    assert "My own.\n\nShe has seen no &lt;lawyer&gt;.\n\nPlease tell me what you did." in answer.text
    assert "It is in your letter." in answer.text
    for words in ('value="Ann"', 'value="ann@example.org"', "A little of this is your own."):
        assert words in answer.text
    fields = fields_of(answer.text, WRITE)
    assert (fields["name_shown"], fields["news"]) == ("initials", "y")
    assert letters() == 0


@pytest.mark.parametrize("asked", ["", "-1", "2", "999999999999", "²", "x' OR 1=1", "\x00"])
def test_a_sentence_that_is_not_on_offer_changes_nothing(with_aids: Page, client: FlaskClient, asked: str) -> None:
    answer = send_form(client, WRITE, WRITE, **PERSON, body="My own.", add=asked)
    assert answer.status_code == 200
    assert "My own.</textarea>" in answer.text
    assert letters() == 0


def test_sentences_for_a_german_letter_are_german_and_say_what_they_mean(with_aids: Page, client: FlaskClient) -> None:
    shown = client.get(f"{WRITE}?letter=de").text
    assert "Sie hat keinen Anwalt." in shown
    assert '<p class="field-hint" lang="en">She is ill.</p>' in shown
    answer = send_form(client, f"{WRITE}?letter=de", WRITE, body="Mein Brief.", add="0").text
    assert "Mein Brief.\n\nSie ist krank." in answer


@pytest.mark.parametrize("by", ["email", "post", "own"])
def test_a_letter_with_an_open_gap_goes_no_way(with_aids: Page, client: FlaskClient, by: str) -> None:
    typed = PERSON | {"by": by, "body": "I write because [why you write]."}
    answer = send_form(client, WRITE, WRITE, **typed)
    assert answer.status_code == 422
    assert "or take it out: [why you write]" in answer.text
    assert letters() == 0


@pytest.mark.requirement("L-18")
def test_a_page_that_asks_for_own_words_says_so_before_and_after(page: Page, client: FlaskClient) -> None:
    page.least_own_share = 30
    db.session.commit()
    assert "at least 30 in a hundred words are your own" in client.get(WRITE).text
    refused = send_form(client, WRITE, WRITE, **PERSON, body="I ask you to release her.")
    assert refused.status_code == 422
    assert "so far it is about 0." in refused.text
    assert "I ask you to release her." in refused.text
    sent = send_form(client, WRITE, WRITE, **PERSON, body="My mother knew her, and she taught me to read.")
    assert sent.status_code == 200
    assert db.session.scalars(select(Letter.own_share)).one() == 100
