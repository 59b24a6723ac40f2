from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.extensions import db
from actions.lists.queries import name_in
from actions.signups.confirming import HANDLER
from actions.signups.models import Signup
from tests.factories.organisation import make_list, make_organisation
from tests.factories.waiting import join, newest_link


def test_the_mail_and_the_page_name_the_list(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    joined = make_list()
    join(client, first_name="Ann")
    signup_id = db.session.scalars(select(Signup.id)).one()
    name = name_in(joined, "en")
    assert HANDLER.waiting_item(signup_id, "en").title == name
    assert name in HANDLER.preview(signup_id, "en").context["list_name"]
    assert name in client.get(newest_link()).text
    assert (HANDLER.thanks_path(signup_id), HANDLER.page_id(signup_id)) == ("/join/thanks", None)
