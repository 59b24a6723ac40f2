from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.consents.models import Consent
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.lists.models import Subscription
from actions.signups.models import Signup, SignupState
from actions.supporters.models import Supporter, SupporterState
from tests.factories.forms import send_form
from tests.factories.mail import links_in
from tests.factories.organisation import make_list, make_organisation


def test_a_wish_to_join_waits_until_its_owner_presses_the_button(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    make_list()
    answer = send_form(client, "/join", "/join", email="ann@example.org", first_name="Ann", country="US")
    assert answer.status_code == 200
    assert "Check your email" in answer.text
    signup = db.session.scalars(select(Signup)).one()
    assert signup.state is SignupState.UNCONFIRMED
    assert db.session.scalars(select(Consent)).all() == []
    link = links_in(db.session.scalars(select(Delivery)).one(), "/c/")[0]
    shown = client.get(link)
    assert "Ann" in shown.text
    assert db.session.scalars(select(Signup.state)).one() is SignupState.UNCONFIRMED
    done = client.post(link)
    assert done.status_code == 303
    assert done.headers["Location"].startswith("/join/thanks")
    assert client.get(done.headers["Location"]).status_code == 200
    db.session.expire_all()
    assert db.session.scalars(select(Subscription)).one().state.value == "active"
    supporter = db.session.scalars(select(Supporter)).one()
    assert (supporter.state, supporter.first_name, supporter.email) == (SupporterState.ACTIVE, "Ann", "ann@example.org")
    assert db.session.scalars(select(Consent)).one().confirmation_id is not None
    again = client.post(link)
    assert again.status_code == 303
    assert again.headers["Location"].startswith("/join/thanks")
