import pytest
from flask import Flask

from actions.mailings.addressing import bulk_headers, list_label, our_domain, sender_id
from actions.mailings.models import MailingKind
from actions.tokens import Purpose, tokens
from actions.unsubscribes.queries import LIST
from tests.factories.organisation import make_list
from tests.factories.pages import make_page

URL = "https://act.example.org/u/TOKEN"


def headers(app: Flask) -> dict[str, str]:
    return dict(bulk_headers("k7", URL, MailingKind.ALERT, 12))


@pytest.mark.requirement("B-12")
def test_one_uri_and_the_one_click_post(app: Flask) -> None:
    assert headers(app)["List-Unsubscribe"] == f"<{URL}>"
    assert headers(app)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.requirement("B-13")
def test_the_uri_is_short(app: Flask) -> None:
    token = tokens.sign(Purpose.UNSUBSCRIBE, LIST, 9_999_999)
    assert len(f"https://act.example.org/u/{token}") <= 75


@pytest.mark.requirement("B-15", "P-14")
def test_a_list_is_known_by_its_label_for_life(app: Flask) -> None:
    updates = make_list()
    before = list_label(updates, None)
    updates.slug, updates.wordings = "renamed", {"en": {"name": "Renamed", "description": ""}}
    assert list_label(updates, None) == before == "l-updates"
    assert headers(app)["List-Id"] == "<k7.lists.open-door.test>"
    assert our_domain() == "open-door.test"


@pytest.mark.requirement("P-14")
def test_news_of_a_case_names_no_case(app: Flask) -> None:
    page = make_page("free-mu-sochua")
    assert list_label(None, page) == f"case-{page.id}"


@pytest.mark.requirement("B-17")
def test_the_feedback_id_names_groups_and_one_constant_sender(app: Flask) -> None:
    mailing, group, kind, sender = headers(app)["Feedback-ID"].split(":")
    assert (mailing, group, kind, sender) == ("m12", "k7", "alert", sender_id())
    assert 5 <= len(sender) <= 15


@pytest.mark.requirement("B-16")
def test_nobody_posts_to_the_list(app: Flask) -> None:
    assert headers(app)["List-Post"] == "NO"
