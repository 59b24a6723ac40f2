import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings.models import Mailing, MailingState, MailingText
from actions.site.archive import is_public, public_copy
from tests.factories.mailings import draft_alert, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page

BLOCKS = [
    {"type": "text", "html": "<p>Dear {{first_name|friend}}, {{count}} people acted.</p>"},
    {"type": "button", "text": "Act", "url": "act"},
]


@pytest.fixture
def joined(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.fixture
def sent(joined: MailingList) -> Mailing:
    page = make_page(signature_count=1200)
    mailing = draft_alert(joined, page, words(subject="{{first_name}}, write for her", blocks=BLOCKS), words("km"))
    mailing.state = MailingState.SENT
    db.session.commit()
    return mailing


@pytest.mark.requirement("P-03")
def test_a_public_copy_names_nobody_and_holds_nobodys_links(sent: Mailing, client: FlaskClient) -> None:
    shown = client.get(f"/archive/{sent.id}?lang=en").text
    assert "<h1>friend, write for her</h1>" in shown
    assert "Dear friend, 1,200 people acted." in shown
    assert 'href="http://localhost:8000/a/free-her"' in shown
    assert not any(personal in shown for personal in ("/t/", "/u/", "/p/", "{{"))


def test_the_archive_lists_what_went_to_a_list(sent: Mailing, client: FlaskClient) -> None:
    shown = client.get("/archive?lang=en").text
    assert f'href="/archive/{sent.id}?lang=en"' in shown
    assert "friend, write for her" in shown
    assert f'href="/archive/{sent.id}?lang=km"' in client.get("/archive?lang=km").text
    assert '<div lang="en" dir="ltr">' in client.get("/archive?lang=ar").text


@pytest.mark.requirement("P-14")
@pytest.mark.parametrize(
    "change", [{"discreet": True}, {"state": MailingState.DRAFT}, {"state": MailingState.CANCELLED}, {"list_id": None}]
)
def test_what_is_not_for_everyone_is_not_there(sent: Mailing, client: FlaskClient, change: dict[str, object]) -> None:
    for name, value in change.items():
        setattr(sent, name, value)
    db.session.commit()
    assert not is_public(sent)
    assert client.get(f"/archive/{sent.id}").status_code == 404
    assert f"/archive/{sent.id}" not in client.get("/archive").text


@pytest.mark.parametrize("state", [MailingState.SENDING, MailingState.PAUSED, MailingState.SENT])
def test_a_copy_is_there_as_soon_as_a_reader_may_have_the_link(
    sent: Mailing, client: FlaskClient, state: MailingState
) -> None:
    sent.state = state
    db.session.commit()
    assert client.get(f"/archive/{sent.id}").status_code == 200


def test_a_newsletter_without_a_page_leads_home(joined: MailingList) -> None:
    mailing = draft_alert(joined, None, words(blocks=BLOCKS[1:]))
    text = db.session.query(MailingText).one()
    assert 'href="http://localhost:8000"' in (public_copy(mailing, text).html or "")


@pytest.mark.usefixtures("joined")
def test_an_empty_archive_says_so(client: FlaskClient) -> None:
    assert "Nothing has gone to our list yet." in client.get("/archive").text
    assert client.get("/archive/7").status_code == 404
