from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from actions.actors import WORKER
from actions.confirmations.models import Confirmation
from actions.consents.models import Consent, ConsentEvent, ConsentPurpose
from actions.consents.queries import standing
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.lists.models import Subscription
from actions.pages.counting import recount, tally
from actions.pages.models import Page, PageState
from actions.signatures.models import ShowName, Signature, SignatureState
from actions.signatures.operations import withdraw
from actions.signatures.queries import ACTS
from actions.supporters.models import Supporter
from tests.factories.forms import fields_of, send_form
from tests.factories.mail import links_in
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.worker import answer_requests

PERSON = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Lee", "country": "DE"}


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    make_list()
    return make_page()


def confirm_link() -> str:
    newest = select(Delivery).where(Delivery.kind == "confirmation").order_by(Delivery.id.desc()).limit(1)
    return links_in(db.session.scalars(newest).one(), "/c/")[0]


@pytest.mark.requirement("C-05", "C-32")
def test_a_signature_counts_when_its_owner_presses_the_button(page: Page, client: FlaskClient) -> None:
    answer = send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON)
    assert "an***@example.org" not in answer.text.replace("a***@example.org", "")
    assert "Check your email" in answer.text
    link = confirm_link()
    shown = client.get(link)
    assert "Release her at once." in shown.text
    assert db.session.scalars(select(Signature)).one().state is SignatureState.UNCONFIRMED
    done = client.post(link)
    assert done.status_code == 303
    assert done.headers["Location"].startswith("/a/free-her/thanks?")
    signature = db.session.scalars(select(Signature)).one()
    db.session.refresh(signature)
    assert signature.state is SignatureState.COUNTED
    purposes = set(db.session.scalars(select(Consent.purpose)))
    assert purposes == {ConsentPurpose.SIGN}
    assert db.session.scalars(select(Subscription)).all() == []


def test_boxes_that_were_ticked_take_effect_with_the_act(page: Page, client: FlaskClient) -> None:
    send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON, join="y", news="y", show_name="initials")
    client.post(confirm_link())
    given = set(db.session.scalars(select(Consent.purpose)))
    assert given == {ConsentPurpose.SIGN, ConsentPurpose.LIST, ConsentPurpose.CASE_NEWS, ConsentPurpose.SHOW_NAME}
    assert db.session.scalars(select(Subscription)).one().state.value == "active"
    assert db.session.scalars(select(Signature)).one().show_name is ShowName.INITIALS


@pytest.mark.requirement("C-10")
def test_the_same_form_fifty_times_at_once_is_one_row_and_one_mail(app: Flask, page: Page, client: FlaskClient) -> None:
    typed = fields_of(client.get("/a/free-her/sign").text, "/a/free-her/sign") | PERSON

    def post(_: int) -> tuple[int, str]:
        answer = app.test_client().post("/a/free-her/sign", data=typed)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(post, range(50)))
    answer_requests()
    assert {status for status, _ in answers} == {200}
    assert db.session.scalar(select(func.count()).select_from(Signature)) == 1
    assert db.session.scalar(select(func.count()).select_from(Supporter)) == 1
    assert db.session.scalar(select(func.count()).select_from(Delivery)) == 1


@pytest.mark.requirement("C-11")
def test_who_signed_before_gets_the_same_answer_and_one_notice_a_day(page: Page, client: FlaskClient) -> None:
    first = send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON)
    client.post(confirm_link())
    again = send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON)
    send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON)
    assert (again.status_code, len(again.text)) == (first.status_code, len(first.text))
    notices = select(func.count()).select_from(Delivery).where(Delivery.kind == "already_done")
    assert db.session.scalar(notices) == 1
    counted = select(func.count()).select_from(Signature).where(Signature.state == SignatureState.COUNTED)
    assert db.session.scalar(counted) == 1


@pytest.mark.requirement("L-06")
def test_a_row_changed_behind_our_back_is_not_counted(page: Page, client: FlaskClient) -> None:
    send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON)
    link = confirm_link()
    db.session.execute(update(Signature).values(country="FR"))
    db.session.commit()
    assert client.post(link).status_code == 409
    db.session.expire_all()
    assert db.session.scalars(select(Signature)).one().state is SignatureState.UNCONFIRMED


def test_this_was_not_me_deletes_what_waited(page: Page, client: FlaskClient) -> None:
    send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON)
    link = confirm_link()
    assert client.post(link, data={"do": "refuse"}).status_code == 200
    db.session.expire_all()
    signature = db.session.scalars(select(Signature)).one()
    assert (signature.state, signature.first_name, signature.comment) == (SignatureState.REFUSED, None, None)
    assert db.session.scalars(select(Supporter)).one().email_sealed is None
    assert client.post(link).status_code == 410


@pytest.mark.requirement("C-30")
def test_who_withdraws_a_signature_takes_back_the_consent_to_it(page: Page, client: FlaskClient) -> None:
    send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON)
    client.post(confirm_link())
    signature = db.session.scalars(select(Signature)).one()
    for _ in range(2):
        withdraw(signature, by=WORKER)
    db.session.commit()
    assert signature.state is SignatureState.WITHDRAWN
    records = db.session.scalars(select(Consent).order_by(Consent.id)).all()
    assert [(one.purpose, one.event) for one in records] == [
        (ConsentPurpose.SIGN, ConsentEvent.GIVEN),
        (ConsentPurpose.SIGN, ConsentEvent.WITHDRAWN),
    ]
    assert standing(signature.supporter_id or 0) == []


def test_a_page_that_ended_takes_no_signature(page: Page, client: FlaskClient) -> None:
    typed = fields_of(client.get("/a/free-her/sign").text, "/a/free-her/sign") | PERSON
    send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON)
    link = confirm_link()
    db.session.execute(update(Page).values(state=PageState.WON))
    db.session.commit()
    assert client.post("/a/free-her/sign", data=typed).status_code in {303, 410}
    assert client.post(link).status_code in {303, 410}
    db.session.expire_all()
    assert db.session.scalars(select(Signature)).one().state is SignatureState.UNCONFIRMED


def test_a_form_without_its_stamp_is_shown_again_with_what_was_typed(page: Page, client: FlaskClient) -> None:
    answer = client.post("/a/free-her/sign", data=PERSON)
    assert answer.status_code == 422
    assert 'value="Ann"' in answer.text
    assert db.session.scalar(select(func.count()).select_from(Signature)) == 0


def test_the_number_on_the_page_follows_the_rows_and_can_be_repaired(page: Page, client: FlaskClient) -> None:
    send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON)
    client.post(confirm_link())
    assert (tally(ACTS), tally(ACTS)) == (1, 0)
    db.session.commit()
    db.session.refresh(page)
    assert page.signature_count == 1
    page.signature_count = 7
    recount(ACTS)
    db.session.refresh(page)
    assert page.signature_count == 1
    db.session.execute(update(Signature).values(state=SignatureState.WITHDRAWN))
    tally(ACTS)
    db.session.refresh(page)
    assert page.signature_count == 0


def test_the_next_act_within_half_an_hour_needs_no_second_mail(page: Page, client: FlaskClient) -> None:
    make_page("other")
    send_form(client, "/a/free-her/sign", "/a/free-her/sign", **PERSON)
    thanks = client.post(confirm_link()).headers["Location"]
    token = thanks.split("next=")[1].split("&")[0]
    elsewhere = client.get(f"/a/other/sign?next={token}")
    assert 'name="email"' in elsewhere.text
    confirmations = db.session.scalar(select(func.count()).select_from(Confirmation))
    here = client.get(f"/a/free-her/sign?next={token}")
    assert 'name="email"' not in here.text
    done = send_form(client, f"/a/free-her/sign?next={token}", "/a/free-her/sign")
    assert done.status_code == 303
    assert done.headers["Location"].startswith("/a/free-her/thanks")
    assert db.session.scalar(select(func.count()).select_from(Confirmation)) == confirmations
