"""Letters to several at once, through the views: who gets them, in which language, by email and on paper."""

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import func, select

from actions.extensions import db
from actions.letters.models import Letter
from actions.pages.models import TargetRule
from actions.pages.reaching import Chosen
from actions.targets.models import DeliveryMode, Target
from tests.factories.forms import fields_of, send_form
from tests.factories.pages import add_wording, make_embassies, make_page, make_target

WRITE = "/a/free-her/write"
PDF = "/a/free-her/letter.pdf"
PERSON = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Lee", "country": "DE", "by": "email"}
KHMER = {"subject": "ដោះលែងនាង", "body": "ខ្ញុំសូមស្នើ។", "points": []}
ARABIC = {"subject": "أطلقوا سراحها", "body": "أرجو منكم.", "points": []}


def letters() -> int:
    return db.session.scalar(select(func.count()).select_from(Letter)) or 0


def test_one_target_of_several_is_chosen(target: Target, client: FlaskClient) -> None:
    minister = make_target("minister", name="Minister Example", email="minister@ministry.test", wordings={})
    make_page("two", targets=[target, minister])
    shown = client.get("/a/two/write?target=minister")
    assert "Minister Example" in shown.text
    assert fields_of(shown.text, "/a/two/write")["target"] == "minister"
    send_form(client, "/a/two/write", "/a/two/write", **PERSON, target="minister")
    assert db.session.scalars(select(Letter.target_id)).one() == minister.id


def test_the_country_is_asked_for_before_anything_is_typed(target: Target, client: FlaskClient) -> None:
    make_embassies()
    for path in (WRITE, "/a/free-her", f"{WRITE}?country=XX"):
        shown = client.get(path).text
        assert "Where do you live?" in shown
        assert 'name="body"' not in shown
        assert "Berlin Example" not in shown
    assert "Berlin Example" in client.get("/a/free-her?country=AT").text
    assert "Berlin Example" not in client.get("/a/free-her").text, "what one reader chose is shown to no other"


@pytest.mark.requirement("L-14")
def test_the_form_shows_who_gets_the_letter_and_how(target: Target, client: FlaskClient) -> None:
    make_embassies()
    shown = client.get(f"{WRITE}?country=DE").text
    for words in ("Berlin Example", "Minister Example", "President Example", "on paper", "Dear Minister,"):
        assert words in shown
    assert fields_of(shown, WRITE)["target"] == ["berlin", "minister", "president"]
    alone = client.get(f"{WRITE}?country=AT").text
    assert (fields_of(alone, WRITE)["target"], "Minister Example" in alone) == ("berlin", False)


def test_another_country_is_shown_without_script_and_every_word_stays(target: Target, client: FlaskClient) -> None:
    make_embassies()
    typed = PERSON | {"add": "-", "country": "EG", "body": "My own words.", "email": "half"}
    answer = send_form(client, f"{WRITE}?country=AT", WRITE, **typed)
    assert answer.status_code == 200
    assert fields_of(answer.text, WRITE)["target"] == ["cairo", "minister"]
    for words in ("My own words.", 'value="half"', "أرجو منكم.", "سعادة السفير،", "Dear Minister,"):
        assert words in answer.text
    nobody = send_form(client, f"{WRITE}?country=AT", WRITE, **(typed | {"country": "FR"}))
    assert (nobody.status_code, letters()) == (200, 0)
    assert "nobody is written to from that country" in nobody.text
    assert "My own words." in nobody.text


@pytest.mark.requirement("L-14")
@pytest.mark.parametrize(
    ("country", "now"), [("DE", "President Example"), ("FR", "nobody is written to"), ("", "see here who")]
)
def test_nothing_goes_to_somebody_whom_its_writer_did_not_see(
    target: Target, client: FlaskClient, country: str, now: str
) -> None:
    make_embassies()
    answer = send_form(client, f"{WRITE}?country=AT", WRITE, **(PERSON | {"country": country}), body="My own words.")
    assert (answer.status_code, letters()) == (422, 0)
    assert "goes to somebody else now" in answer.text
    assert now in answer.text
    assert "My own words." in answer.text


def test_one_may_untick_and_must_leave_one(target: Target, client: FlaskClient) -> None:
    make_embassies()
    country = PERSON | {"country": "DE"}
    nobody = send_form(client, f"{WRITE}?country=DE", WRITE, **country, target=[])
    assert (nobody.status_code, letters()) == (422, 0)
    assert ("at least one office" in nobody.text, "by post only" in nobody.text) == (True, False)
    kept = send_form(client, f"{WRITE}?country=DE", WRITE, **(country | {"email": "x"}), target=["minister"])
    assert fields_of(kept.text, WRITE)["target"] == "minister", "what was unticked stays so"
    send_form(client, f"{WRITE}?country=DE", WRITE, **country, target=["minister"])
    assert db.session.scalars(select(Target.slug).join(Letter, Letter.target_id == Target.id)).all() == ["minister"]


def test_by_email_and_by_post_at_once(target: Target, client: FlaskClient) -> None:
    make_embassies()
    sent = send_form(client, f"{WRITE}?country=DE", WRITE, **(PERSON | {"country": "DE"}), body="My own words.")
    assert "Check your email" in sent.text
    assert letters() == 2
    printed = client.post(WRITE, data=fields_of(sent.text, WRITE) | {"by": "post"})
    assert "Your letter is ready to print" in printed.text
    assert "My own words." in printed.text
    both = send_form(client, f"{WRITE}?country=DE", WRITE, **(PERSON | {"by": "post"}))
    assert both.text.count(f'action="{PDF}"') == 3
    sheets = PdfReader(BytesIO(client.post(PDF, data=fields_of(both.text, PDF) | {"target": "minister"}).data)).pages
    assert "Dear Minister," in sheets[0].extract_text()
    assert "does not go into the envelope" in sheets[1].extract_text(), "each has a slip of its own"


def test_every_text_stays_in_the_language_that_it_was_shown_in(target: Target, client: FlaskClient) -> None:
    spoken = target.forms | {"km": {"salutation": "ឯកឧត្តម", "close": "ដោយគោរព"}}
    page = make_page(targets=[target, make_target("minister", languages=["km"], forms=spoken)])
    add_wording(page, "km", letter=KHMER)
    add_wording(page, "ar", letter=ARABIC)
    db.session.commit()
    send_form(client, f"{WRITE}?lang=ar", WRITE, **PERSON, body="Mine.", body_km="ពាក្យខ្ញុំ។")
    both = [("en", "Mine."), ("km", "ពាក្យខ្ញុំ។")]
    for letter, (language, words) in zip(db.session.scalars(select(Letter).order_by(Letter.id)), both, strict=True):
        assert (letter.language, words in str(letter.words)) == (language, True)
    english = client.get(f"{WRITE}?lang=ar&letter=en").text
    assert 'name="body_km"' not in english, "whoever chooses a language writes in it to all who read it"


def test_of_words_that_nobody_reads_now_only_own_ones_are_shown(target: Target, client: FlaskClient) -> None:
    arabic = {"ar": {"salutation": "سعادة السفير،", "close": "مع الاحترام،"}}
    cairo = make_target("cairo", languages=["ar"], forms=arabic)
    rules = [Chosen(target, TargetRule.COUNTRIES, ("AT",)), Chosen(cairo, TargetRule.COUNTRIES, ("EG",))]
    add_wording(make_page(targets=rules), "ar", letter=ARABIC)
    db.session.commit()
    typed = {"plain": "en", "subject": "Please release her", "body": "Mine.", "body_ar": "كلماتي."}
    shown = client.post(WRITE, data=typed | {"country": "EG", "add": "-"}).text
    assert "Mine.</textarea>" in shown
    assert 'name="subject_en"' not in shown, "else our words would come back as empty ones"


def test_where_one_of_several_takes_email_an_address_is_asked_for_as_for_email(
    target: Target, client: FlaskClient
) -> None:
    by_hand = make_target("minister", delivery=DeliveryMode.BUNDLE)
    make_page(targets=[by_hand, target])
    shown = client.get(WRITE).text
    assert "To send it by email." in shown
    assert "we print it and hand it over" in shown


def test_our_words_are_in_the_language_of_whoever_gets_them_and_own_words_stay(
    target: Target, client: FlaskClient
) -> None:
    minister = make_target("minister", forms={"km": {"salutation": "ឯកឧត្តម", "close": "ដោយគោរព"}}, languages=["km"])
    rules = [Chosen(target, TargetRule.COUNTRIES, ("AT",)), Chosen(minister, TargetRule.COUNTRIES, ("DE",))]
    add_wording(make_page(targets=rules), "km", letter=KHMER)
    db.session.commit()
    ours = {"subject": "Please release her", "body": "I ask you to  release her.\r\n"}
    typed = PERSON | {"add": "-", "email": "half"}
    shown = send_form(client, f"{WRITE}?country=AT", WRITE, **typed, **ours).text
    assert "ខ្ញុំសូមស្នើ។</textarea>" in shown
    assert "ឯកឧត្តម" in shown
    shown = send_form(client, f"{WRITE}?country=AT", WRITE, **typed, **(ours | {"body": "My own."})).text
    assert "My own.</textarea>" in shown
    assert 'value="ដោះលែងនាង"' in shown, "the subject was left alone"


def test_how_one_addresses_an_office_goes_with_its_letter_and_stays_over_another_country(
    target: Target, client: FlaskClient
) -> None:
    make_embassies()
    shown = client.get(f"{WRITE}?country=DE").text
    assert "Salutation for Minister Example" in shown
    typed = PERSON | {"target": ["minister", "president"], "salutation_minister": "Dear Madam,", "add": "-"}
    egypt = send_form(client, f"{WRITE}?country=DE", WRITE, **(typed | {"country": "EG", "close_president": "Adieu,"}))
    assert fields_of(egypt.text, WRITE)["salutation_minister"] == "Dear Madam,"
    austria = client.post(WRITE, data=fields_of(egypt.text, WRITE) | {"add": "-", "country": "AT"})
    assert "Dear Madam," not in fields_of(austria.text, WRITE)["salutation"]
    back = client.post(WRITE, data=fields_of(austria.text, WRITE) | {"add": "-", "country": "DE"})
    fields = fields_of(back.text, WRITE)
    assert (fields["salutation_minister"], fields["close_president"]) == ("Dear Madam,", "Adieu,")
    client.post(WRITE, data=fields | PERSON | {"target": ["minister", "president"]})
    (letter,) = db.session.scalars(select(Letter))
    assert '"Dear Madam,"' in str(letter.words)
