import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.actors import WORKER
from actions.consents.models import ConsentPurpose
from actions.consents.operations import add_text
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.letters.confirming import HANDLER, disclosures
from actions.letters.models import Letter, LetterState
from actions.letters.operations import erase_of
from actions.pages.models import Page
from actions.supporters.models import Supporter
from actions.targets.models import Target
from tests.factories.forms import fields_of, send_form
from tests.factories.mail import links_in
from tests.factories.pages import add_wording, make_embassies

WRITE = "/a/free-her/write"
PERSON = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Lee", "country": "DE", "by": "email"}


def preview(client: FlaskClient, **typed: str) -> str:
    send_form(client, WRITE, WRITE, **(PERSON | typed))
    newest = select(Delivery).where(Delivery.kind == "confirmation").order_by(Delivery.id.desc()).limit(1)
    return client.get(links_in(db.session.scalars(newest).one(), "/c/")[0]).text


@pytest.mark.requirement("L-14")
def test_everything_that_a_letter_discloses_is_shown_beforehand(page: Page, client: FlaskClient) -> None:
    add_text(ConsentPurpose.DISCLOSE, "en", "Tell {target}, for {state}.", by=WORKER)
    db.session.commit()
    shown = preview(client, subject="Let her go")
    for words in (
        "Ann Lee via Open Door Fund",
        "&lt;letters@open-door.test&gt;",
        "ann@example.org",
        "ambassador@embassy.test",
        "Let her go",
        "This letter was written by the person named above",
        "the Kingdom of Cambodia",
        "Tell Ambassador Example, for the Kingdom of Cambodia.",
        "Send my letter",
    ):
        assert words in shown


@pytest.mark.requirement("L-14")
def test_initials_hide_name_and_address_and_the_page_says_where_answers_go(page: Page, client: FlaskClient) -> None:
    shown = preview(client, name_shown="initials")
    assert "A. L. via Open Door Fund" in shown
    assert "answers come to us" in shown
    assert "ann@example.org" not in shown
    assert "Ann" not in shown


@pytest.mark.requirement("L-14")
def test_a_flagged_page_warns_once_more(page: Page, target: Target, client: FlaskClient) -> None:
    page.flagged, page.version = True, 2
    add_wording(page, notes={"safety": "Think twice if you travel there."})
    db.session.commit()
    assert preview(client).count("Think twice if you travel there.") == 1


@pytest.mark.requirement("L-14")
@pytest.mark.parametrize(
    ("shown_as", "facts", "tells"),
    [
        ("full", ("Ann Lee via Open Door Fund", "ann@example.org"), "Your name and your email address"),
        (
            "initials",
            ("A. L. via Open Door Fund", "letters@open-door.test"),
            "Your initials. Your email address stays with us",
        ),
        (
            "organisation",
            ("A supporter of Open Door Fund", "letters@open-door.test"),
            "Neither your name nor your email address",
        ),
    ],
)
def test_before_sending_one_sees_each_personal_datum_and_the_state_that_gets_it(
    page: Page, client: FlaskClient, shown_as: str, facts: tuple[str, ...], tells: str
) -> None:
    shown = preview(client, name_shown=shown_as, body="I ask you to release her. She taught me to read.")
    headers = shown.partition('<dl class="facts letter-headers">')[2].partition("</dl>")[0]
    assert [fact for fact in facts if fact not in headers] == []
    told = shown.partition("What it tells about you, and to whom")[2].partition("</ul>")[0]
    for words in (tells, "Your words, and so what you think", "Ambassador Example", "the Kingdom of Cambodia"):
        assert words in told
    assert "About half of this is your own." in shown
    if shown_as != "full":
        for hidden in ("Ann", "ann@example.org"):
            assert hidden not in shown
    assert shown.index(tells) < shown.index("Send my letter"), "before the button"


@pytest.mark.requirement("L-14")
def test_on_a_flagged_page_whoever_chooses_nothing_gives_initials_and_is_warned_in_form_and_preview(
    page: Page, client: FlaskClient
) -> None:
    page.flagged, page.version = True, 2
    add_wording(page, notes={"safety": "Think twice if you travel there."})
    db.session.commit()
    assert "Think twice if you travel there." in client.get(WRITE).text
    shown = preview(client)
    assert "A. L. via Open Door Fund" in shown
    assert shown.index("Think twice if you travel there.") < shown.index("Send my letter")


def test_a_confirmation_mail_names_the_target_and_nothing_that_was_typed(page: Page, client: FlaskClient) -> None:
    preview(client, first_name="Visit", subject="Visit evil", body="Visit evil")
    letter = db.session.scalars(select(Letter)).one()
    item = HANDLER.waiting_item(letter.id, "en")
    assert (item.kind, item.title, item.target) == ("letter", "Free her", "Ambassador Example")


def test_a_letter_whose_words_are_gone_says_that_it_waits_no_more(page: Page, client: FlaskClient) -> None:
    preview(client)
    letter = db.session.scalars(select(Letter)).one()
    HANDLER.refuse(letter.id, WORKER)
    erase_of(db.session.scalars(select(Supporter)).one(), by=WORKER)
    assert HANDLER.preview(letter.id, "en").context["goes"] is None


def test_the_sentences_name_target_and_state(page: Page, target: Target) -> None:
    assert disclosures(page, target, "en") == ["I agree to write.", "I agree to disclose."]


@pytest.mark.requirement("L-14", "L-06")
def test_letters_of_one_form_stand_under_one_button_each_as_it_goes(target: Target, client: FlaskClient) -> None:
    make_embassies("several")
    path = "/a/several/write"
    send_form(client, f"{path}?country=EG", path, **(PERSON | {"country": "EG"}), body_ar="كلماتي.", body="None of it.")
    (mail,) = db.session.scalars(select(Delivery).where(Delivery.kind == "confirmation"))
    link = links_in(mail, "/c/")[0]
    shown = client.get(link).text
    assert shown.count("Send my letters") == 1
    assert shown.count('class="letter-measure"') == 2
    for words in ("cairo@office.test", "سعادة السفير،", "minister@office.test", "Dear Minister,"):
        assert words in shown
    items = fields_of(shown, link.split("?")[0])["item"]
    assert client.post(link).status_code == 422, "without a tick nothing goes"
    assert client.post(link, data={"item": items[0]}).headers["Location"].endswith("#done")
    assert [letter.state for letter in in_order()] == [LetterState.READY, LetterState.UNCONFIRMED]
    assert client.post(link, data={"item": items}).headers["Location"].startswith("/a/several/thanks?done=letter")
    assert [letter.state for letter in in_order()] == [LetterState.READY, LetterState.READY]


def in_order() -> list[Letter]:
    db.session.expire_all()
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))
