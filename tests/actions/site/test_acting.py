from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from actions.clock import clock
from actions.consents.models import Consent, ConsentPurpose
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.pages.models import Page, PageState
from actions.signatures.models import Signature, SignatureState
from actions.supporters.models import Supporter
from actions.tokens import Purpose, tokens
from devserver.visitor import forms_in
from tests.factories.forms import fields_of
from tests.factories.mail import links_in
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import add_wording, make_embassies, make_page, make_target
from tests.factories.supporters import make_supporter


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    make_list()
    return make_page(targets=[make_target()])


@pytest.fixture
def mira(page: Page) -> Supporter:
    return make_supporter("mira@example.org", first_name="Mira", last_name="Okafor", country="DE")


def link(page: Page, supporter: Supporter) -> str:
    return f"/t/{tokens.sign(Purpose.ACT, supporter.id, page.id, 0)}"


def form_to(client: FlaskClient, path: str, do: str) -> dict[str, str]:
    forms = forms_in(client.get(path).text)
    return next(fields for action, fields in forms if action == path and fields.get("do", "sign") == do)


def undo_link() -> str:
    receipt = db.session.scalars(select(Delivery).where(Delivery.kind == "act_receipt").order_by(Delivery.id)).all()[-1]
    return links_in(receipt, "/undo/")[0]


def test_the_page_masks_its_owner_and_asks_only_for_what_is_missing(
    page: Page, mira: Supporter, client: FlaskClient
) -> None:
    shown = client.get(link(page, mira))
    assert "M***" in shown.text
    assert "Mira" not in shown.text
    assert "mira@example.org" not in shown.text
    assert 'name="country"' not in shown.text
    assert "/a/free-her" in shown.text
    unnamed = make_supporter("una@example.org", first_name=None, last_name=None, country=None)
    assert 'name="first_name"' in client.get(link(page, unnamed)).text


def test_opening_it_changes_nothing_and_one_press_signs(page: Page, mira: Supporter, client: FlaskClient) -> None:
    path = link(page, mira)
    client.get(path)
    client.head(path)
    assert db.session.scalar(select(func.count()).select_from(Signature)) == 0
    done = client.post(path, data=form_to(client, path, "sign"))
    assert done.status_code == 303
    signature = db.session.scalars(select(Signature)).one()
    assert (signature.state, signature.first_name, signature.country) == (SignatureState.COUNTED, "Mira", "DE")
    assert set(db.session.scalars(select(Consent.purpose))) == {ConsentPurpose.SIGN}
    assert "You signed this on" in client.get(path).text
    again = client.post(path, data={"do": "sign"})
    assert again.status_code in {303, 422}
    assert db.session.scalar(select(func.count()).select_from(Signature)) == 1


def test_its_owner_gets_a_receipt_and_can_take_it_back(page: Page, mira: Supporter, client: FlaskClient) -> None:
    path = link(page, mira)
    client.post(path, data=form_to(client, path, "sign"))
    undo = undo_link()
    assert "Take it back?" in client.get(undo).text
    assert db.session.scalars(select(Signature)).one().state is SignatureState.COUNTED
    assert "It is taken back." in client.post(undo).text
    db.session.expire_all()
    assert db.session.scalars(select(Signature)).one().state is SignatureState.WITHDRAWN


def test_a_letter_waits_a_quarter_of_an_hour_for_its_undo(page: Page, mira: Supporter, client: FlaskClient) -> None:
    path = link(page, mira)
    shown = client.get(path).text
    assert "the Kingdom of Cambodia" in shown
    client.post(path, data=form_to(client, path, "write") | {"name_shown": "full", "body": "Let her go home."})
    letter = db.session.scalars(select(Letter)).one()
    assert letter.state is LetterState.READY
    assert letter.release_at is not None
    assert letter.release_at > clock.now() + timedelta(minutes=14)
    assert "It is taken back." in client.post(undo_link()).text
    db.session.expire_all()
    assert db.session.scalars(select(Letter)).one().state is LetterState.CANCELLED


def test_a_letter_in_a_language_that_no_page_speaks_can_be_taken_back(
    page: Page, mira: Supporter, client: FlaskClient
) -> None:
    path = link(page, mira)
    client.post(path, data=form_to(client, path, "write") | {"name_shown": "full", "body": "Let her go home."})
    db.session.scalars(select(Letter)).one().language = "de"
    db.session.commit()
    assert "It is taken back." in client.post(undo_link()).text


def test_a_press_that_adds_a_sentence_sends_nothing_and_a_letter_with_an_open_gap_comes_back(
    page: Page, mira: Supporter, client: FlaskClient
) -> None:
    page.version = 2
    letter = {"subject": "Please", "body": "I write because [why you write].", "sentences": ["She is ill."]}
    add_wording(page, letter=letter)
    db.session.commit()
    path = link(page, mira)
    assert "[why you write]" in client.get(path).text
    typed = form_to(client, path, "write") | {"name_shown": "full", "body": "I write because [why you write]."}
    added = client.post(path, data=typed | {"add": "0"})
    assert added.status_code == 200
    assert "I write because [why you write].\n\nShe is ill." in added.text
    refused = client.post(path, data=typed)
    assert refused.status_code == 422
    assert "or take it out: [why you write]" in refused.text
    assert db.session.scalar(select(func.count()).select_from(Letter)) == 0


def test_a_letter_that_is_gone_cannot_be_stopped_and_says_so(page: Page, mira: Supporter, client: FlaskClient) -> None:
    path = link(page, mira)
    client.post(path, data=form_to(client, path, "write") | {"body": "Let her go home."})
    db.session.execute(update(Letter).values(state=LetterState.SENT))
    db.session.commit()
    assert "can no longer be stopped" in client.post(undo_link()).text


def test_a_letter_that_is_refused_keeps_what_was_typed(page: Page, mira: Supporter, client: FlaskClient) -> None:
    path = link(page, mira)
    answer = client.post(path, data=form_to(client, path, "write") | {"body": "", "subject": "My own subject"})
    assert answer.status_code == 422
    assert "My own subject" in answer.text


def test_a_link_of_a_closed_page_an_erased_person_or_nobody_acts_for_no_one(
    page: Page, mira: Supporter, client: FlaskClient
) -> None:
    path = link(page, mira)
    db.session.execute(update(Page).values(state=PageState.WON))
    db.session.commit()
    assert client.get(path).status_code == 410
    assert client.post(path).status_code == 410
    db.session.execute(update(Page).values(state=PageState.OPEN))
    db.session.execute(update(Supporter).values(state="erased"))
    db.session.commit()
    assert client.post(path).status_code == 410
    assert client.get("/t/forged").status_code == 404
    assert client.get(f"/undo/{tokens.sign(Purpose.UNDO, 's', 99)}").status_code == 410
    assert client.get(f"/undo/{tokens.sign(Purpose.UNDO, 'x', 1)}").status_code == 404
    assert db.session.scalar(select(func.count()).select_from(Signature)) == 0


def test_a_wrong_number_of_parts_is_no_link(page: Page, client: FlaskClient) -> None:
    assert client.get(f"/t/{tokens.sign(Purpose.ACT, 1, 2)}").status_code == 404
    assert fields_of(client.get("/a/free-her").text, "/a/free-her/sign")


@pytest.mark.requirement("L-14", "L-07")
def test_letters_to_several_go_by_one_press_and_come_back_by_one(mira: Supporter, client: FlaskClient) -> None:
    path = link(make_embassies("several"), make_supporter("una@example.org", country="EG"))
    shown = client.get(path).text
    for words in ("Cairo Example", "Minister Example", "Send my letters"):
        assert words in shown
    assert "Berlin Example" not in shown
    typed = form_to(client, path, "write") | {"first_name": "Una", "last_name": "Lee", "body_en": "Let her go home."}
    one = client.post(path, data=typed | {"target": ["minister"]})
    assert one.headers["Location"].startswith(f"{path}?done=letter")
    assert "Minister Example" not in fields_of(client.get(path).text, path)
    both = client.post(path, data=typed | {"target": ["cairo", "minister"], "seen": "cairo minister"})
    assert both.status_code == 303
    assert states() == [LetterState.READY, LetterState.READY], "the minister's stands already"
    assert db.session.scalar(select(func.count()).select_from(Delivery).where(Delivery.kind == "act_receipt")) == 2
    assert "You wrote to Cairo Example." in client.get(path).text


def test_all_letters_of_one_press_are_undone_together(mira: Supporter, client: FlaskClient) -> None:
    path = link(make_embassies("several"), make_supporter("una@example.org", country="EG"))
    typed = form_to(client, path, "write") | {"target": ["cairo", "minister"], "first_name": "Una", "last_name": "Lee"}
    client.post(path, data=typed)
    undo = undo_link()
    assert "Your letters have not gone out yet." in client.get(undo).text
    first = db.session.scalars(select(Letter).order_by(Letter.id)).first()
    assert first is not None
    first.state = LetterState.SENT
    db.session.commit()
    assert "Not all of it could be taken back" in client.post(undo).text
    assert states() == [LetterState.SENT, LetterState.CANCELLED]


def test_whoever_has_told_us_no_country_is_asked_and_where_nobody_is_written_to_that_is_said(
    mira: Supporter, client: FlaskClient
) -> None:
    page = make_embassies("several")
    path = link(page, make_supporter("una@example.org", country=None))
    assert "Where do you live?" in client.get(path).text
    assert "Berlin Example" in client.get(f"{path}?country=AT").text
    answer = client.post(path, data={"do": "write", "country": "FR", "add": "-", "body": "My own words."})
    assert "nobody is written to from that country" in answer.text
    assert "My own words." in answer.text
    from_france = link(page, make_supporter("flo@example.org", country="FR"))
    assert "nobody is written to from that country" in client.get(from_france).text


def states() -> list[LetterState]:
    db.session.expire_all()
    return list(db.session.scalars(select(Letter.state).order_by(Letter.id)))
