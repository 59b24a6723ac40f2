from io import BytesIO

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select, text

from actions import clock
from actions.actors import WORKER
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.letters.postal import letter_date
from actions.letters.releasing import release_due
from actions.pages.models import Page, PageState
from actions.targets.models import DeliveryMode, Target
from tests.factories.forms import fields_of, send_form
from tests.factories.mail import links_in
from tests.factories.pages import add_wording, make_page
from tests.factories.waiting import newest_link

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


def test_the_code_on_the_sheet_asks_and_counts_nothing_by_itself(page: Page, client: FlaskClient) -> None:
    printed = send_form(client, WRITE, WRITE, **ON_PAPER)
    path = f"{POSTED}?posting={fields_of(printed.text, POSTED)['posting']}"
    for _ in range(2):
        assert "Have you posted it?" in client.get(path).text
    assert db.session.scalars(select(Letter.state)).all() == [LetterState.PRINTED]
    assert client.post(POSTED, data=fields_of(client.get(path).text, POSTED)).status_code == 303
    assert "counted already" in client.get(path).text
    assert db.session.scalars(select(Letter.state)).all() == [LetterState.POSTED]
    assert client.get(f"{POSTED}?posting=made.up").status_code == 404
    make_page("other")
    assert client.get(path.replace("free-her", "other")).status_code == 404


@pytest.mark.requirement("L-14")
def test_a_letter_for_a_bundle_is_shown_as_it_will_be_printed(page: Page, target: Target, client: FlaskClient) -> None:
    target.delivery, target.email = DeliveryMode.BUNDLE, None
    db.session.commit()
    assert "hand them over together" in client.get(WRITE).text
    send_form(client, WRITE, WRITE, **PERSON)
    confirm = client.get(newest_link()).text
    assert "On paper: we print it" in confirm
    assert "Answers to: " in confirm
    assert target.lines[-1] in confirm
    client.post(newest_link())
    letter = db.session.scalars(select(Letter)).one()
    assert (letter.state, letter.bundled) == (LetterState.READY, True)
    assert release_due(by=WORKER) == 0


def test_where_nobody_takes_email_the_letter_goes_by_post(page: Page, target: Target, client: FlaskClient) -> None:
    target.delivery = DeliveryMode.POST
    db.session.commit()
    shown = client.get(WRITE)
    assert 'name="email"' not in shown.text
    typed = {name: value for name, value in ON_PAPER.items() if name != "by"}
    assert "ready to print" in send_form(client, WRITE, WRITE, **typed).text
