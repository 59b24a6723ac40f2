import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.consents.queries import history
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import subscriptions_of
from actions.signatures.models import Signature, SignatureState
from actions.supporters.models import Supporter, SupporterState
from actions.tokens import Purpose, tokens
from tests.factories.forms import send_form
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter, say_about_news, sign
from tests.factories.waiting import ANN, mails, newest_link


@pytest.fixture
def joined(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def ann(joined: MailingList) -> Supporter:
    return make_subscriber(joined, ANN, first_name="Ann", last_name="Lee")


def lasting(ann: Supporter) -> str:
    return f"/p/{tokens.sign(Purpose.PREFERENCES, ann.id)}"


def fresh(ann: Supporter) -> str:
    return f"/p/{tokens.sign(Purpose.MY_DATA, ann.id, ann.generation)}"


def now(ann: Supporter) -> Supporter:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Supporter, ann.id)


@pytest.mark.requirement("C-36")
def test_a_forwarded_link_shows_neither_name_nor_deeds_and_gives_no_data(client: FlaskClient, ann: Supporter) -> None:
    page = make_page()
    sign(page, ann)
    shown = client.get(lasting(ann)).text
    assert "a***@example.org" in shown
    for secret in (ANN, "Lee", "You signed", "my-data"):
        assert secret not in shown
    for ending in ("json", "csv"):
        assert client.get(f"{lasting(ann)}/my-data.{ending}").status_code == 404
    for do in ("withdraw", "erase", "erase-for-good", "nonsense"):
        assert client.post(lasting(ann), data={"do": do, "signature": "1"}).status_code == 404
    assert now(ann).state is SupporterState.ACTIVE
    assert db.session.scalars(select(Signature.state)).one() is SignatureState.COUNTED


@pytest.mark.requirement("C-36")
def test_leaving_a_list_is_two_presses_from_any_mail(client: FlaskClient, joined: MailingList, ann: Supporter) -> None:
    answer = client.post(lasting(ann), data={"do": "save", "language": "km"})
    assert answer.status_code == 303
    assert subscriptions_of(ann.id) == []
    assert now(ann).language == "km"
    assert "checked" not in client.get(lasting(ann)).text
    client.post(lasting(ann), data={"list": str(joined.id)})
    assert len(subscriptions_of(ann.id)) == 1


@pytest.mark.parametrize("nonsense", ["x", "²", "-1", "9" * 40, "1; DROP TABLE lists"])
def test_nonsense_chooses_nothing_and_breaks_nothing(client: FlaskClient, ann: Supporter, nonsense: str) -> None:
    data = {"list": nonsense, "case": nonsense, "language": nonsense}
    assert client.post(lasting(ann), data=data).status_code == 303
    assert now(ann).language == "en"
    for field in ("signature", "letter"):
        assert client.post(fresh(ann), data={"do": "withdraw", field: nonsense}).status_code == 303


@pytest.mark.requirement("C-36", "C-37")
def test_a_fresh_link_shows_what_they_did_and_takes_it_back(client: FlaskClient, ann: Supporter) -> None:
    page = make_page()
    signature = sign(page, ann)
    shown = client.get(fresh(ann)).text
    assert "Free her" in shown
    assert f'name="signature" value="{signature.id}"' in shown
    client.post(fresh(ann), data={"do": "withdraw", "signature": str(signature.id)})
    db.session.refresh(signature)
    assert signature.state is SignatureState.WITHDRAWN


def test_nobody_takes_back_what_somebody_else_did(client: FlaskClient, ann: Supporter) -> None:
    bea = make_supporter("bea@example.org")
    signature = sign(make_page(), bea)
    client.post(fresh(ann), data={"do": "withdraw", "signature": str(signature.id)})
    db.session.refresh(signature)
    assert signature.state is SignatureState.COUNTED


@pytest.mark.requirement("C-37")
def test_a_fresh_link_gives_all_we_hold_as_json_and_as_a_table(client: FlaskClient, ann: Supporter) -> None:
    say_about_news(make_page(), ann)
    answer = client.get(f"{fresh(ann)}/my-data.json")
    assert answer.get_json()["supporters"][0]["email"] == ANN
    assert len(answer.get_json()["consents"]) == len(history(ann.id))
    table = client.get(f"{fresh(ann)}/my-data.csv")
    assert table.mimetype == "text/csv"
    assert ANN in table.text
    for given in (answer, table):
        assert given.headers["Content-Disposition"].startswith("attachment")
        assert given.headers["Cache-Control"] == "no-store"
    assert client.get(f"{fresh(ann)}/my-data.exe").status_code == 404


@pytest.mark.requirement("C-38")
def test_an_erasure_is_shown_asked_and_done(client: FlaskClient, ann: Supporter) -> None:
    link = fresh(ann)
    asked = client.post(link, data={"do": "erase"})
    assert "cannot be called back" in asked.text
    assert now(ann).state is SupporterState.ACTIVE
    done = client.post(link, data={"do": "erase-for-good"})
    assert done.status_code == 200
    assert (now(ann).state, now(ann).email_sealed) == (SupporterState.ERASED, None)
    assert ANN not in done.text
    for old in (link, lasting(ann)):
        assert client.get(old).status_code == 410


@pytest.mark.requirement("C-10")
def test_a_link_is_mailed_to_who_is_known_and_the_answer_tells_nobody(client: FlaskClient, ann: Supporter) -> None:
    known = send_form(client, "/p", "/p", email=ANN)
    unknown = send_form(client, "/p", "/p", email="aye@example.org")
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text
    assert len(mails("fresh_link")) == 1
    opened = client.get(newest_link("fresh_link", "/p/"))
    assert "All we hold about you" in opened.text


def test_the_page_itself_mails_a_fresh_link(client: FlaskClient, ann: Supporter) -> None:
    assert client.post(lasting(ann), data={"do": "fresh"}).status_code == 200
    assert len(mails("fresh_link")) == 1


@pytest.mark.requirement("W-01")
def test_a_link_is_asked_for_by_our_own_form_only(client: FlaskClient, ann: Supporter) -> None:
    assert client.post("/p", data={"email": ANN}).status_code == 422
    assert send_form(client, "/p", "/p", email="nobody").status_code == 422
    assert mails("fresh_link") == []
