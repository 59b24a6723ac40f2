import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.letters.own_mail import LONGEST_LINK, mailto
from actions.pages.models import Page
from actions.supporters.models import Supporter
from actions.targets.models import DeliveryMode, Target
from tests.factories.forms import fields_of, send_form
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import add_wording, make_page, make_target

WRITE = "/a/free-her/write"


@pytest.fixture
def target(client: FlaskClient) -> Target:
    make_organisation()
    make_list()
    return make_target()


def link_in(html: str) -> str:
    return html.partition('href="mailto:')[2].partition('"')[0].replace("&amp;", "&")


@pytest.mark.parametrize(
    "text",
    ["Let her go.\n\nThank you & goodbye?", "អរគុណ 100% #1", "شكرًا\r\nBcc: evil@x.test", "a=b&bcc=evil@x.test&to=c"],
)
def test_a_link_says_subject_and_text_and_nothing_else(text: str) -> None:
    link = mailto("office@embassy.test", "About her", text)
    assert link.isascii()
    assert not set('"<> \r\n') & set(link)
    read = parse_qs(urlsplit(link).query, strict_parsing=True)
    assert set(read) == {"subject", "body"}
    assert read["body"] == ["\r\n".join(text.splitlines())]


def test_an_address_brings_no_header_along() -> None:
    assert mailto("a?bcc=evil@x.test", "S") == "mailto:a%3Fbcc%3Devil@x.test?subject=S"
    assert unquote(urlsplit(mailto("o'neil+x@embassy.test", "S")).path) == "o'neil+x@embassy.test"


def test_a_letter_is_put_together_for_ones_own_mail_program_and_nothing_of_it_is_kept(
    page: Page, client: FlaskClient
) -> None:
    typed = {"first_name": "Ann", "last_name": "Lee", "body": "Let her\r\ngo home.", "by": "own"}
    shown = send_form(client, WRITE, WRITE, **typed)
    assert shown.status_code == 200
    link = link_in(shown.text)
    assert link.startswith("ambassador@embassy.test?subject=Please%20release%20her&body=Your%20Excellency%2C%0D%0A")
    assert unquote(link).endswith("Let her\r\ngo home.\r\n\r\nYours respectfully,\r\n\r\nAnn Lee")
    for words in ("Let her\ngo home.", "the Kingdom of Cambodia", "keep nothing of it", "your own address"):
        assert words in shown.text
    assert "<textarea" in shown.text
    for table in (Letter, Supporter, Delivery):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    back = client.post(WRITE, data=fields_of(shown.text, WRITE) | {"add": "-"})
    assert back.status_code == 200
    assert "Let her\ngo home." in back.text
    assert 'value="Ann"' in back.text


def test_a_letter_too_long_for_a_link_is_copied(page: Page, client: FlaskClient) -> None:
    shown = send_form(client, WRITE, WRITE, by="own", body="សូមដោះលែងគាត់។ " * 200)
    link = link_in(shown.text)
    assert len(link) < LONGEST_LINK
    assert "body=" not in link
    assert "too long for a link" in shown.text
    assert "សូមដោះលែងគាត់។ " * 3 in shown.text


def test_an_office_that_takes_no_email_has_its_letters_copied(page: Page, target: Target, client: FlaskClient) -> None:
    target.delivery = DeliveryMode.POST
    db.session.commit()
    shown = send_form(client, WRITE, WRITE, by="own")
    assert "by post only" in shown.text
    assert "mailto:ambassador" not in shown.text
    assert "I ask you to release her." in shown.text


def test_an_office_that_takes_letters_by_hand_gets_no_mail(page: Page, target: Target, client: FlaskClient) -> None:
    target.delivery = DeliveryMode.BUNDLE
    db.session.commit()
    assert "mailto:ambassador" not in send_form(client, WRITE, WRITE, by="own").text


def test_of_letters_to_several_each_has_its_own_link_and_all_come_back(target: Target, client: FlaskClient) -> None:
    khmer = {"km": {"salutation": "ឯកឧត្តម", "close": "ដោយគោរព"}}
    minister = make_target("minister", languages=["km"], forms=khmer, email="minister@office.test")
    by_post = make_target("president", delivery=DeliveryMode.POST)
    page = make_page(targets=[by_post, target, minister])
    add_wording(page, "km", letter={"subject": "ដោះលែងនាង", "body": "ខ្ញុំសូមស្នើ។", "points": []})
    db.session.commit()
    typed = {"body": "Mine.", "body_km": "ពាក្យខ្ញុំ។", "target": ["ambassador", "minister"]}
    shown = send_form(client, WRITE, WRITE, by="own", **typed)
    assert "<h1>From your own mail program</h1>" in shown.text
    links = [unquote(part.partition('"')[0]) for part in shown.text.split('href="mailto:')[1:]]
    assert [link.partition("?")[0] for link in links][:2] == ["ambassador@embassy.test", "minister@office.test"]
    assert "Mine." in links[0]
    assert "ពាក្យខ្ញុំ។" in links[1]
    back = client.post(WRITE, data=fields_of(shown.text, WRITE) | {"add": "-"}).text
    assert "Mine.</textarea>" in back
    assert "ពាក្យខ្ញុំ។</textarea>" in back


def test_its_writer_may_say_once_that_it_went(page: Page, client: FlaskClient) -> None:
    shown = send_form(client, WRITE, WRITE, by="own", country="DE").text
    token = re.findall(r'name="sent" value="([^"]+)"', shown)[0]
    for _ in range(2):
        answer = client.post("/a/free-her/self-sent", data={"sent": token})
        assert answer.status_code == 303
        assert "Your letter is counted" in client.get(answer.headers["Location"]).text
    assert db.session.scalars(select(Letter.state)).all() == [LetterState.SELF_SENT]
    assert client.post("/a/free-her/self-sent", data={"sent": "made.up"}).status_code == 404
    page.self_sent_count = 1
    db.session.commit()
    said = "1 letter went from its writer’s own mail program, as they say."
    assert said in client.get("/a/free-her").text


def test_who_writes_to_several_says_of_each_that_it_went(target: Target, client: FlaskClient) -> None:
    minister = make_target("minister", email="minister@office.test", wordings={"en": {"name": "M", "state": "X"}})
    make_page(targets=[target, minister, make_target("president", delivery=DeliveryMode.POST)])
    shown = send_form(client, WRITE, WRITE, by="own", target=["ambassador", "minister", "president"]).text
    assert shown.count('name="sent"') == 2
    assert "I sent my letter to M" in shown


def test_a_flagged_page_warns_before_one_shows_ones_own_address(page: Page, client: FlaskClient) -> None:
    page.flagged, page.version = True, 2
    add_wording(page, notes={"safety": "Think twice if you travel there."})
    db.session.commit()
    shown = send_form(client, WRITE, WRITE, by="own").text
    assert shown.index("Think twice if you travel there.") < shown.index("Open my mail program")


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "</textarea><b>x</b>", "x" * 20_001, "a\x00b"])
def test_hostile_words_stay_words(page: Page, client: FlaskClient, hostile: str) -> None:
    shown = send_form(client, WRITE, WRITE, by="own", body=hostile, subject=hostile[:60])
    assert shown.status_code in {200, 422}
    assert "<script>alert" not in shown.text
    assert "<b>x</b>" not in shown.text
