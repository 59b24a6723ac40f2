import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.extensions import db
from actions.pages.models import Page, PageState
from actions.signatures.confirming import HANDLER
from actions.signatures.models import Signature
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.waiting import newest_link, sign


@pytest.fixture(autouse=True)
def page(app: Flask) -> Page:
    make_organisation()
    make_list()
    return make_page()


def test_the_mail_names_the_page_and_nothing_that_was_typed(client: FlaskClient) -> None:
    sign(client, comment="Visit evil")
    item = HANDLER.waiting_item(db.session.scalars(select(Signature.id)).one(), "en")
    assert (item.kind, item.title) == ("signature", "Free her")


def test_the_confirm_page_shows_what_is_signed_and_whether_it_still_can_be(page: Page, client: FlaskClient) -> None:
    sign(client, comment="Let her go home.")
    shown = client.get(newest_link()).text
    assert "Release her at once." in shown
    assert "Let her go home." in shown
    signature_id = db.session.scalars(select(Signature.id)).one()
    assert HANDLER.preview(signature_id, "en").context["open"]
    page.state = PageState.CLOSED
    db.session.commit()
    assert not HANDLER.preview(signature_id, "en").context["open"]


def test_the_thanks_stand_at_the_page(page: Page, client: FlaskClient) -> None:
    sign(client)
    signature_id = db.session.scalars(select(Signature.id)).one()
    assert HANDLER.thanks_path(signature_id) == "/a/free-her/thanks"
    assert HANDLER.page_id(signature_id) == page.id
