import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from actions.actors import OPERATOR, WORKER
from actions.clock import clock
from actions.confirmations.models import ConfirmationItem, ItemState
from actions.consents.models import Consent
from actions.extensions import db
from actions.lists.models import Subscription
from actions.lists.operations import subscribe
from actions.lists.queries import the_list
from actions.signups.models import Signup
from actions.supporters.models import Supporter, SupporterState
from actions.supporters.operations import erase
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from actions.tokens import Purpose, tokens
from actions.unsubscribes.operations import leave_all
from tests.factories.forms import fields_of
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber, make_supporter
from tests.factories.waiting import ANN, PERSON, join, mails, newest_link, sign, wait


@pytest.fixture(autouse=True)
def page(app: Flask) -> None:
    make_organisation()
    make_list()
    make_page()


def rows(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def is_on_the_list() -> bool:
    db.session.rollback()
    db.session.expire_all()
    return [one.state.value for one in db.session.scalars(select(Subscription))] == ["active"]


@pytest.mark.requirement("C-05")
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_changes_nothing_however_often_and_whoever_looks(client: FlaskClient, method: str) -> None:
    join(client)
    link = newest_link()
    before = (rows(Consent), rows(Subscription), len(mails()))
    for agent in ("Mozilla/5.0", "SafeLinks", "BarracudaCentral"):
        headers = {"User-Agent": agent, "Sec-Purpose": "prefetch"}
        assert client.open(link, method=method, headers=headers).status_code == 200
    assert (rows(Consent), rows(Subscription), len(mails())) == before


@pytest.mark.requirement("C-05", "A-01")
def test_the_page_waits_for_a_button_and_nothing_presses_it(client: FlaskClient) -> None:
    join(client)
    shown = client.get(newest_link()).text
    for automatic in ("<script", "http-equiv", "onload", "autofocus"):
        assert automatic not in shown
    assert re.search(r'<form[^>]+method="post"', shown)


@pytest.mark.requirement("C-13")
def test_each_of_several_things_has_a_button_of_its_own(client: FlaskClient) -> None:
    join(client)
    sign(client)
    link = newest_link()
    buttons = re.findall(r'name="item" value="(\d+)"', client.get(link).text)
    assert len(buttons) == 2
    unclear = client.post(link)
    assert unclear.status_code == 422
    assert not is_on_the_list()
    assert client.post(link, data={"item": buttons[0]}).headers["Location"].startswith(link)
    assert is_on_the_list()
    states = db.session.scalars(select(ConfirmationItem.state).order_by(ConfirmationItem.id)).all()
    assert states == [ItemState.CONFIRMED, ItemState.WAITING]
    assert client.post(link, data={"item": "999"}).status_code == 422


@pytest.mark.requirement("C-04")
def test_a_used_link_says_done_and_does_nothing_again(client: FlaskClient) -> None:
    join(client)
    link = newest_link()
    first = client.post(link)
    before = (rows(Consent), len(mails()), len(mails("welcome")))
    again = client.post(link)
    assert (again.status_code, again.headers["Location"]) == (first.status_code, first.headers["Location"])
    assert (rows(Consent), len(mails()), len(mails("welcome"))) == before
    assert "Done. Thank you." in client.get(link).text


@pytest.mark.requirement("C-04")
def test_after_leaving_a_used_link_does_not_bring_anybody_back(client: FlaskClient) -> None:
    join(client)
    link = newest_link()
    client.post(link)
    leave_all(db.session.scalars(select(Supporter)).one(), by=OPERATOR)
    db.session.commit()
    client.post(link)
    assert not is_on_the_list()


@pytest.mark.requirement("C-04")
def test_after_an_erasure_an_old_link_is_worth_nothing(client: FlaskClient) -> None:
    join(client)
    link = newest_link()
    erase(db.session.scalars(select(Supporter)).one(), by=OPERATOR)
    db.session.commit()
    for answer in (client.get(link), client.post(link), client.post(link, data={"do": "refuse"})):
        assert answer.status_code == 410
    assert not is_on_the_list()


def test_what_was_refused_is_never_thanked_for(client: FlaskClient) -> None:
    make_supporter(ANN)
    sign(client)
    link = newest_link()
    item = re.findall(r'name="item" value="(\d+)"', client.get(link).text)
    client.post(link, data={"do": "refuse"})
    for data in ({}, {"item": item[0]} if item else {"item": "1"}):
        answer = client.post(link, data=data)
        assert answer.status_code == 200
        assert "next=" not in answer.text


@pytest.mark.requirement("C-03")
def test_a_link_works_for_seven_days(client: FlaskClient) -> None:
    join(client)
    link = newest_link()
    wait(days=6, hours=23)
    assert client.get(link).status_code == 200
    clock.move(timedelta(hours=2))
    assert client.get(link).status_code == 410
    assert client.post(link).status_code == 410
    assert not is_on_the_list()


@pytest.mark.requirement("C-03", "C-02")
def test_a_forged_link_and_one_of_another_purpose_confirm_nothing(client: FlaskClient) -> None:
    join(client)
    link = newest_link()
    body, _, mac = link.removeprefix("/c/").rpartition(".")
    ids = body.split(".")[:2]
    others = [tokens.sign(purpose, *ids) for purpose in Purpose if purpose is not Purpose.CONFIRM]
    for token in (f"{body}x.{mac}", f"9{body}.{mac}", body, mac, *others):
        assert client.post(f"/c/{token}").status_code in {404, 429}
    assert not is_on_the_list()


@pytest.mark.requirement("C-07")
def test_the_database_holds_no_link_that_would_work(client: FlaskClient) -> None:
    join(client)
    sign(client)
    token = newest_link().removeprefix("/c/")
    mac = token.rpartition(".")[2]
    for table in db.metadata.sorted_tables:
        dumped = " ".join(db.session.scalars(text(f'SELECT t::text FROM "{table.name}" t')))  # noqa: S608  # our own table's name
        assert token not in dumped, table.name
        assert mac not in dumped, table.name
        assert mac.encode().hex() not in dumped, table.name


@pytest.mark.requirement("C-06")
def test_a_link_is_kept_nowhere_and_its_page_tells_nobody(client: FlaskClient) -> None:
    join(client)
    link = newest_link()
    for answer in (client.get(link), client.post(link), client.get("/c/forged.token")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex"
    shown = client.get(link).text
    assert not re.search(r'(src|href)="(https?:)?//(?!localhost)', shown)


def prepare_new() -> None:
    pass


def prepare_pending() -> None:
    make_supporter(ANN, state=SupporterState.UNCONFIRMED)


def prepare_confirmed() -> None:
    make_subscriber(the_list(), ANN, first_name="Ann", last_name="Lee")


def prepare_left() -> None:
    leave_all(make_subscriber(the_list(), ANN), by=OPERATOR)
    db.session.commit()


def prepare_suppressed(reason: SuppressionReason) -> None:
    suppress(make_supporter(ANN).email_hash or b"", reason, by=WORKER)
    db.session.commit()


def prepare_erased() -> None:
    erase(make_supporter(ANN), by=OPERATOR)
    db.session.commit()


STATES: dict[str, Callable[[], None]] = {
    "pending": prepare_pending,
    "confirmed": prepare_confirmed,
    "left": prepare_left,
    "bounced": lambda: prepare_suppressed(SuppressionReason.HARD_BOUNCE),
    "complained": lambda: prepare_suppressed(SuppressionReason.COMPLAINT),
    "erased": prepare_erased,
}


def answers(client: FlaskClient) -> dict[str, tuple[int, list[tuple[str, str]], str]]:
    """What each form answers to one address, without the moment that its stamp carries."""
    typed: dict[str, tuple[str, dict[str, str]]] = {
        "/join": ("/join", {"email": ANN}),
        "/a/free-her/sign": ("/a/free-her/sign", PERSON),
        "/p": ("/p", {"email": ANN}),
    }
    found = {}
    for page, (action, values) in typed.items():
        answer = client.post(action, data=fields_of(client.get(page).text, action) | values)
        found[action] = seen(answer.status_code, dict(answer.headers), answer.text)
    again = {"email": ANN, "stamp": tokens.sign(Purpose.FORM, "again"), "lang": "en"}
    answer = client.post("/c/again", data=again)
    found["/c/again"] = seen(answer.status_code, dict(answer.headers), answer.text)
    return found


def seen(status: int, headers: dict[str, str], body: str) -> tuple[int, list[tuple[str, str]], str]:
    shown = re.sub(r'name="stamp" value="[^"]+"', "", body)
    return status, sorted((name, value) for name, value in headers.items() if name != "Date"), shown


@pytest.mark.requirement("C-10")
@pytest.mark.parametrize("state", STATES)
def test_every_form_answers_the_same_whoever_owns_the_address(client: FlaskClient, state: str) -> None:
    expected = answers(client)
    db.session.remove()
    for table in ("signups", "signatures", "confirmation_items", "confirmation_mails", "deliveries", "confirmations"):
        db.session.execute(text(f"DELETE FROM {table}"))  # noqa: S608  # our own tables
    db.session.execute(text("DELETE FROM supporters"))
    db.session.commit()
    STATES[state]()
    assert answers(client) == expected
    assert {status for status, _, _ in expected.values()} == {200}


@pytest.mark.requirement("C-10", "C-12")
def test_every_form_answers_the_same_when_the_limits_are_reached(client: FlaskClient) -> None:
    expected = answers(client)
    for number in range(6):
        join(client, first_name="abcdef"[number])
        wait(minutes=1)
    assert answers(client) == expected


@pytest.mark.requirement("C-10")
def test_asking_again_needs_our_stamp_and_an_address(client: FlaskClient) -> None:
    assert client.post("/c/again", data={"email": ANN}).status_code == 404
    stamped = {"stamp": tokens.sign(Purpose.FORM, "again")}
    assert client.post("/c/again", data={**stamped, "email": "nobody"}).status_code == 404
    assert client.post("/c/again", data={**stamped, "email": "stranger@example.org"}).status_code == 200
    assert mails() == []


def test_asking_again_brings_the_link_again_when_its_interval_is_over(client: FlaskClient) -> None:
    join(client)
    wait(minutes=20)
    shown = client.post("/c/again", data={"email": ANN, "stamp": tokens.sign(Purpose.FORM, "again")})
    assert shown.status_code == 200
    assert len(mails()) == 2
    assert client.post(newest_link()).status_code == 303
    assert subscribe(the_list().id, db.session.scalars(select(Supporter.id)).one(), by=OPERATOR) is False
    assert rows(Signup) == 1
