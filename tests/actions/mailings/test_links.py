import pytest
from flask import Flask

from actions.mailings import links, queries
from actions.mailings.preflight import MailingNotReady
from tests.factories.mailings import draft_alert, launch, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_subscriber

OURS = "http://localhost:8000"


def test_a_dead_one_of_ours_stops_the_mailing_in_words(app: Flask) -> None:
    make_organisation()
    button = {"type": "button", "text": "b", "url": f"{OURS}/a/nobody"}
    mailing = draft_alert(make_list(), make_page(), words(blocks=[button]))
    with pytest.raises(MailingNotReady, match=r"In English: the link /a/nobody leads nowhere"):
        links.must_lead_somewhere(mailing, queries.texts_of(mailing).values())


def test_its_own_public_copy_will_be_there(app: Flask) -> None:
    make_organisation()
    updates = make_list()
    make_subscriber(updates)
    blocks = [
        {"type": "button", "text": "b", "url": url} for url in (f"{OURS}/archive/1", "https://elsewhere.example/")
    ]
    mailing = draft_alert(updates, make_page(), words(blocks=blocks))
    texts = queries.texts_of(mailing).values()
    assert (mailing.id, links.has_public_copy(1)) == (1, False)
    links.must_lead_somewhere(mailing, texts)
    assert links.foreign_in(texts) == ["https://elsewhere.example/"]
    launch(mailing)
    assert (links.has_public_copy(1), links.has_public_copy(2)) == (True, False)
