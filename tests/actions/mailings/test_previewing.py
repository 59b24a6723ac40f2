from flask import Flask

from actions.mailings import queries
from actions.mailings.previewing import Reader, as_read_by, in_the_dark
from tests.factories.mailings import draft_alert, words
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page


def test_a_preview_fills_in_what_is_known_of_its_reader(app: Flask) -> None:
    make_organisation()
    blocks = [{"type": "text", "html": "<p>{{first_name|friend}} of {{country|somewhere}}</p>"}]
    mailing = draft_alert(make_list(), make_page(), words(blocks=blocks))
    text = queries.texts_of(mailing)["en"]
    assert "Samira of Germany" in as_read_by(mailing, text, Reader.NAMED).text
    unnamed = as_read_by(mailing, text, Reader.UNNAMED)
    assert "friend of somewhere" in unnamed.text
    assert "prefers-color-scheme" not in in_the_dark(unnamed.html or "")
