from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select, text

from actions import clock
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.letters.postal import letter_date
from actions.pages.models import Page, PageState
from actions.targets.models import DeliveryMode, Target
from tests.factories.forms import fields_of, send_form
from tests.factories.mail import links_in
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import add_wording, make_page, make_target

WRITE = "/a/free-her/write"
PDF = "/a/free-her/letter.pdf"
POSTED = "/a/free-her/posted"
PERSON = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Lee", "country": "DE", "by": "email"}
CANARY = "Quetzalcoatl"
ON_PAPER = {
    "by": "post",
    "first_name": CANARY,
    "last_name": "Lee",
    "country": "DE",
    "street": "Lindenweg 3",
    "postal_code": "10115",
    "city": "Berlin",
    "subject": f"About {CANARY}",
    "body": f"First paragraph.\n\nSecond {CANARY}.",
}


@pytest.fixture
def target(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target()


@pytest.fixture
def page(target: Target) -> Page:
    return make_page(targets=[target])


def letters() -> int:
    return db.session.scalar(select(func.count()).select_from(Letter)) or 0


def read(pdf: bytes) -> str:
    return "\n".join(one.extract_text() for one in PdfReader(BytesIO(pdf)).pages)


@pytest.mark.requirement("A-13")
def test_a_letter_in_a_language_that_is_not_its_writers_is_shown_in_theirs_too(page: Page, client: FlaskClient) -> None:
    letter = {"subject": "ដោះលែងនាង", "body": "ខ្ញុំសូមស្នើ។\n\nសូមឆ្លើយតប។", "points": []}
    add_wording(page, "km", letter=letter)
    db.session.commit()
    shown = client.get(f"{WRITE}?lang=km").text
    assert "Please release her" in fields_of(shown, WRITE)["subject"], "what goes is in the target's language"
    translation = shown.partition('<details class="letter-translation" open>')[2].partition("</details>")[0]
    assert '<div lang="km">' in translation
    for said in ("ដោះលែងនាង", "<p>ខ្ញុំសូមស្នើ។</p>", "<p>សូមឆ្លើយតប។</p>"):
        assert said in translation
    assert "letter-translation" not in client.get(f"{WRITE}?lang=en").text


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
    assert shown.index('name="by"') < shown.index('name="add"'), "Enter in a field must not add a sentence"
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


def test_the_form_is_a_letter_filled_with_the_model_letter(page: Page, client: FlaskClient) -> None:
    shown = client.get(WRITE)
    assert shown.status_code == 200
    for words in ("Washington, DC 20011", "I ask you to release her.", "Your Excellency,", "Yours respectfully,"):
        assert words in shown.text
    assert "Set-Cookie" not in shown.headers


@pytest.mark.requirement("A-03")
def test_a_refused_form_keeps_every_word(page: Page, client: FlaskClient) -> None:
    answer = send_form(
        client, WRITE, WRITE, **(PERSON | {"email": "not an address"}), body="My own words <b>here</b>.", street="Elm"
    )
    assert answer.status_code == 422
    assert "My own words &lt;b&gt;here&lt;/b&gt;." in answer.text
    assert 'value="not an address"' in answer.text
    assert 'value="Elm"' in answer.text
    too_long = send_form(client, WRITE, WRITE, **PERSON, body="x" * 20_001)
    assert (too_long.status_code, "x" * 20_001 in too_long.text) == (422, True)
    assert letters() == 0


@pytest.mark.requirement("L-11")
def test_an_address_of_ones_own_choice_is_refused(page: Page, client: FlaskClient) -> None:
    answer = send_form(client, WRITE, WRITE, **PERSON, target="evil@x.test")
    assert answer.status_code == 422
    assert letters() == 0


def test_a_form_without_its_stamp_is_shown_again(page: Page, client: FlaskClient) -> None:
    assert client.post(WRITE, data=PERSON).status_code == 422
    assert client.post(PDF, data=ON_PAPER).status_code == 422
    assert letters() == 0


def test_pages_that_take_no_letters_say_so(page: Page, client: FlaskClient) -> None:
    assert client.get("/a/unknown/write").status_code == 404
    page.state = PageState.WON
    db.session.commit()
    assert client.get(WRITE).status_code == 410
    assert client.post(WRITE, data=PERSON).status_code == 410


@pytest.mark.requirement("C-10")
def test_the_answer_is_the_same_for_whoever_asks(page: Page, client: FlaskClient) -> None:
    answers = []
    for _ in range(3):
        answers.append(send_form(client, WRITE, WRITE, **PERSON))
        link = links_in(db.session.scalars(select(Delivery).where(Delivery.kind == "confirmation")).one(), "/c/")[0]
        client.post(link)
    assert {(answer.status_code, len(answer.text)) for answer in answers} == {(200, len(answers[0].text))}


def test_the_next_act_needs_no_second_mail(page: Page, client: FlaskClient) -> None:
    send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON)
    link = links_in(db.session.scalars(select(Delivery)).one(), "/c/")[0]
    token = client.post(link).headers["Location"].split("next=")[1].split("&")[0]
    shown = client.get(f"{WRITE}?next={token}")
    assert 'name="email"' not in shown.text
    assert 'value="Lee"' in shown.text
    answer = send_form(client, f"{WRITE}?next={token}", WRITE, by="email")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/c/")
    preview = client.get(answer.headers["Location"])
    assert "I ask you to release her." in preview.text
    assert db.session.scalar(select(func.count()).select_from(Delivery)) == 1
    assert client.post(answer.headers["Location"]).status_code == 303
    again = send_form(client, f"{WRITE}?next={token}", WRITE, by="email")
    assert again.headers["Location"].startswith("/a/free-her/thanks")


def test_a_letter_by_post_is_shown_as_it_will_look(page: Page, client: FlaskClient) -> None:
    answer = send_form(client, WRITE, WRITE, **(ON_PAPER | {"first_name": "Kim"}))
    assert answer.status_code == 200
    for words in ("Kim Lee", "Lindenweg 3", "10115 Berlin", "UNITED STATES", "First paragraph."):
        assert words in answer.text
    assert letter_date(clock.now().date(), "en", "DE") in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.requirement("P-01")
def test_a_letter_by_post_leaves_no_word_and_no_name_in_the_database(page: Page, client: FlaskClient) -> None:
    printed = send_form(client, WRITE, WRITE, **ON_PAPER)
    client.post(PDF, data=fields_of(printed.text, PDF))
    client.post(POSTED, data=fields_of(printed.text, POSTED))
    tables = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    for table in tables:
        rows = db.session.scalars(text(f'SELECT row("{table}".*)::text FROM "{table}"')).all()  # noqa: S608  # our own tables
        held = "\n".join(rows)
        assert CANARY not in held
        assert CANARY.encode().hex() not in held
    row = db.session.scalars(select(Letter)).one()
    assert (row.words_sealed, row.first_name_sealed, row.supporter_id) == (None, None, None)


def test_the_pdf_holds_the_letter_as_typed(page: Page, client: FlaskClient) -> None:
    printed = send_form(client, WRITE, WRITE, **ON_PAPER)
    answer = client.post(PDF, data=fields_of(printed.text, PDF))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/pdf"
    said = read(answer.data)
    for words in (CANARY, "Lindenweg 3", "Washington, DC 20011", "UNITED STATES", "Yours respectfully,"):
        assert words in said
    assert "Demonstration" not in said
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("country", "paper", "width"), [("DE", "", 595), ("US", "", 612), ("US", "a4", 595)])
def test_the_sheet_is_the_one_that_printers_hold_there(
    page: Page, client: FlaskClient, country: str, paper: str, width: int
) -> None:
    printed = send_form(client, WRITE, WRITE, **(ON_PAPER | {"country": country}))
    chosen = fields_of(printed.text, PDF) | ({"paper": paper} if paper else {})
    answer = client.post(PDF, data=chosen)
    assert round(float(PdfReader(BytesIO(answer.data)).pages[0].mediabox.width)) == width


def test_a_demonstration_says_so_on_paper(page: Page, target: Target, client: FlaskClient) -> None:
    target.demonstration = True
    db.session.commit()
    printed = send_form(client, WRITE, WRITE, **ON_PAPER)
    assert "Demonstration: not to be posted." in printed.text
    assert "Demonstration" in read(client.post(PDF, data=fields_of(printed.text, PDF)).data)


def test_a_script_without_a_font_is_refused_with_a_sentence_and_nothing_is_lost(
    page: Page, client: FlaskClient
) -> None:
    printed = send_form(client, WRITE, WRITE, **(ON_PAPER | {"body": "ཞི་བདེ། Peace."}))
    answer = client.post(PDF, data=fields_of(printed.text, PDF))
    assert answer.status_code == 422
    assert "Tibetan" in answer.text
    assert "ཞི་བདེ། Peace." in answer.text
    assert "I posted it" in answer.text
    assert letters() == 1


def test_i_posted_it_is_counted_once(page: Page, client: FlaskClient) -> None:
    printed = send_form(client, WRITE, WRITE, **ON_PAPER)
    for _ in range(2):
        answer = client.post(POSTED, data=fields_of(printed.text, POSTED))
        assert answer.status_code == 303
        assert "Your letter is counted" in client.get(answer.headers["Location"]).text
    assert db.session.scalars(select(Letter.state)).all() == [LetterState.POSTED]
    assert client.post(POSTED, data={"posting": "made.up"}).status_code == 404
    make_page("other")
    posting = fields_of(printed.text, POSTED)
    assert client.post("/a/other/posted", data=posting).status_code == 404


def test_where_nobody_takes_email_the_letter_goes_by_post(page: Page, target: Target, client: FlaskClient) -> None:
    target.delivery = DeliveryMode.POST
    db.session.commit()
    shown = client.get(WRITE)
    assert 'name="email"' not in shown.text
    typed = {name: value for name, value in ON_PAPER.items() if name != "by"}
    assert "ready to print" in send_form(client, WRITE, WRITE, **typed).text
