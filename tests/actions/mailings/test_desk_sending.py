from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.clock import clock
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.links.models import LinkCheck
from actions.lists.models import MailingList
from actions.mailings import queries
from actions.mailings.models import Mailing, MailingState
from actions.staff import second_eyes
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from tests.factories.mailings import draft_alert, rows_of
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.staff import a_browser, make_staff, post, sign_in
from tests.factories.supporters import make_subscriber
from workers.mailings import start


@pytest.fixture
def me(app: Flask, client: FlaskClient) -> Staff:
    make_organisation()
    member = make_staff(StaffRole.EDITOR, StaffRole.SENDER)
    sign_in(client, member)
    return member


@pytest.fixture
def draft(me: Staff) -> Mailing:
    updates = make_list()
    make_subscriber(updates)
    return draft_alert(updates, make_page())


@pytest.fixture
def here(draft: Mailing) -> str:
    return f"/desk/mailings/{draft.id}"


@pytest.fixture
def tested(client: FlaskClient, here: str) -> None:
    post(client, here, f"{here}/test")


@pytest.mark.usefixtures("tested")
def test_a_test_goes_to_whoever_asked(me: Staff, draft: Mailing, client: FlaskClient, here: str) -> None:
    assert db.session.scalars(select(Delivery.staff_id)).all() == [me.id]
    assert "A test was sent" in client.get(here).text


def test_without_a_test_it_is_not_sent_and_says_why(client: FlaskClient, draft: Mailing, here: str) -> None:
    answer = post(client, here, f"{here}/launch", typed="1", shown="1")
    assert answer.status_code == 422
    assert "Send yourself a test first" in answer.text


@pytest.mark.requirement("O-17")
@pytest.mark.usefixtures("tested")
def test_the_number_typed_sends_it_once(client: FlaskClient, draft: Mailing, here: str) -> None:
    assert "Type 1 to send it now" in client.get(here).text
    wrong = post(client, here, f"{here}/launch", typed="2", shown="1")
    assert (wrong.status_code, "nothing was sent" in wrong.text) == (422, True)
    for _ in range(2):
        assert post(client, "/desk/mailings/new", f"{here}/launch", typed="1", shown="1").status_code == 303
    db.session.expire_all()
    assert (draft.state, len(rows_of(draft))) == (MailingState.SENDING, 1)


@pytest.mark.usefixtures("tested")
def test_it_is_scheduled_and_called_back(client: FlaskClient, draft: Mailing, here: str) -> None:
    assert post(client, here, f"{here}/schedule", at="").status_code == 422
    assert "That time is over" in post(client, here, f"{here}/schedule", at="2001-01-01T10:00").text
    assert post(client, here, f"{here}/schedule", at="2199-01-01T10:00").status_code == 303
    assert "It starts by itself" in client.get(here).text
    assert post(client, here, f"{here}/unschedule").status_code == 303
    db.session.expire_all()
    assert draft.state is MailingState.DRAFT


def test_links_that_lead_away_are_asked_for_by_a_worker_and_never_here(
    client: FlaskClient, draft: Mailing, here: str
) -> None:
    assert "Check the links" not in client.get(here).text
    button = {"type": "button", "text": "Read", "url": "https://elsewhere.invalid/x"}
    queries.texts_of(draft)["en"].blocks = [button]
    db.session.commit()
    assert "Check the links" in client.get(here).text
    assert db.session.scalars(select(LinkCheck)).all() == []
    assert post(client, here, f"{here}/links").location == f"{here}#checks"
    (check,) = db.session.scalars(select(LinkCheck)).all()
    assert (check.address, check.checked_at) == ("https://elsewhere.invalid/x", None)
    assert "the link to elsewhere.invalid is being checked" in client.get(here).text


def test_a_link_of_ours_that_leads_nowhere_stops_it_whatever_the_form_says(
    client: FlaskClient, draft: Mailing, here: str
) -> None:
    button = {"type": "button", "text": "Read", "url": "http://localhost:8000/a/nobody"}
    queries.texts_of(draft)["en"].blocks = [button]
    db.session.commit()
    for verb, typed in (("launch", {"typed": 1, "shown": 1}), ("schedule", {"at": "2999-01-01T10:00"})):
        refused = post(client, here, f"{here}/{verb}", **typed)
        assert (refused.status_code, "leads nowhere" in refused.text) == (422, True)
    assert db.session.get_one(Mailing, draft.id, populate_existing=True).state is MailingState.DRAFT


@pytest.mark.requirement("W-09")
@pytest.mark.usefixtures("tested")
def test_a_second_sender_is_asked_where_it_is_switched_on(
    app: Flask, client: FlaskClient, draft: Mailing, here: str
) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"four_eyes_above": 0})
    assert "Nobody else here may send mailings" in client.get(here).text
    alone = post(client, here, f"{here}/ask-second")
    assert (alone.status_code, "An admin can give a colleague the role" in alone.text) == (422, True)
    other = a_browser(app)
    sign_in(other, make_staff(StaffRole.SENDER, email="ben@open-door.test", name="Ben"))
    refused = post(client, here, f"{here}/launch", typed="1", shown="1")
    assert (refused.status_code, "A second person must say yes" in refused.text) == (422, True)
    assert post(client, here, f"{here}/ask-second").status_code == 303
    (look,) = second_eyes.waiting()
    answer = f"/desk/second-eyes/{look.id}"
    assert answer not in client.get(here).text
    assert f"{here}#launch" in other.get("/desk").text
    assert answer in other.get(here).text
    assert post(other, here, answer, answer="no").status_code == 303
    assert "said no" in client.get(here).text
    post(client, here, f"{here}/ask-second")
    post(other, here, f"/desk/second-eyes/{second_eyes.waiting()[0].id}", answer="yes")
    assert "said yes" in client.get(here).text
    assert post(client, here, f"{here}/launch", typed="1", shown="1").location == f"{here}?watch=1"
    assert len(rows_of(draft)) == 1


@pytest.mark.requirement("W-09")
@pytest.mark.usefixtures("tested")
def test_one_that_grew_while_it_waited_says_so_and_goes_by_a_second_yes(
    app: Flask, client: FlaskClient, draft: Mailing, here: str
) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"four_eyes_above": 1})
    other = a_browser(app)
    sign_in(other, make_staff(StaffRole.SENDER, email="ben@open-door.test", name="Ben"))
    assert post(client, here, f"{here}/schedule", at="2199-01-10T09:00").status_code == 303
    assert "second person" not in client.get(here).text
    make_subscriber(db.session.scalars(select(MailingList)).one(), "bea@example.org")
    draft.launch_at = clock.now()
    db.session.commit()
    start()
    for shown in (client.get(here).text, client.get("/desk").text):
        assert "more than were agreed to" in shown
    assert f"{here}#launch" in other.get("/desk").text
    assert "It goes as soon as you say yes" in other.get(here).text
    post(other, here, f"/desk/second-eyes/{second_eyes.waiting()[0].id}", answer="yes")
    start()
    db.session.expire_all()
    assert (draft.state, len(rows_of(draft))) == (MailingState.SENDING, 2)


@pytest.mark.usefixtures("tested")
def test_its_time_is_the_sender_s_and_must_be_one_moment(client: FlaskClient, draft: Mailing, here: str) -> None:
    post(client, "/desk/account", "/desk/account", time_zone="Europe/Berlin", language="en")
    assert "As the clocks are in Europe/Berlin" in client.get(here).text
    twice = post(client, here, f"{here}/schedule", at="2199-10-27T02:30")
    assert (twice.status_code, "there are two times 02:30" in twice.text) == (422, True)
    assert post(client, here, f"{here}/schedule", at="2199-01-10T09:00").status_code == 303
    db.session.expire_all()
    assert draft.launch_at == datetime(2199, 1, 10, 8, 0, tzinfo=UTC)
