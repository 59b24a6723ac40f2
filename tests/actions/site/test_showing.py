import pytest
from flask import Flask

from actions.actors import OPERATOR
from actions.extensions import db
from actions.pages.models import Outcome, PageState
from actions.pages.operations import add_update
from actions.site.showing import cards, show_page
from tests.factories.page_words import make_picture
from tests.factories.pages import add_wording, make_page


def test_questions_stand_apart_from_the_story(app: Flask) -> None:
    page = make_page()
    page.version = 2
    question = {"type": "question", "text": "And you?", "link_text": "Say", "url": "https://x.test"}
    add_wording(page, blocks=[{"type": "heading", "text": "Story", "level": 2}, question, {"type": "divider"}])
    shown = show_page(page, "en")
    assert "Story" in shown.story
    assert "And you?" not in shown.story
    assert "And you?" in shown.questions


def test_a_picture_that_is_gone_does_not_take_the_page_with_it(app: Flask) -> None:
    page = make_page(lead_picture="gone.webp")
    page.version = 2
    lost = {"type": "picture", "media": "lost.webp", "alt": "x", "caption": "", "credit": "y"}
    add_wording(page, blocks=[lost, {"type": "text", "html": "<p>Read on.</p>"}])
    shown = show_page(page, "en")
    assert shown.lead is None
    assert not shown.social_picture
    assert "Read on." in shown.story


def test_news_in_another_language_says_which(app: Flask) -> None:
    page = make_page()
    add_wording(page, "km")
    db.session.commit()
    add_update(page, Outcome.PARTIAL, {"en": {"headline": "On bail", "blocks": []}}, by=OPERATOR)
    (update,) = show_page(page, "km").updates
    assert update.language is not None
    assert update.language.code == "en"
    (same,) = show_page(page, "en").updates
    assert same.language is None


def test_a_card_says_what_a_page_is_and_whether_it_is_over(app: Flask) -> None:
    make_picture("river.webp", 30, 20)
    over = make_page("over", state=PageState.WON, lead_picture="river.webp", signature_count=7)
    (card,) = cards([over], "km")
    assert (card.url, card.count, card.has_ended) == ("/a/over?lang=en", 7, True)
    assert card.picture is not None
    assert card.picture.url.startswith("/media/")
    assert card.language is not None
    assert cards([], "en") == []


@pytest.mark.requirement("W-12")
def test_a_pages_html_is_cleaned_again_when_it_is_shown(app: Flask) -> None:
    page = make_page()
    page.version = 2
    add_wording(page, blocks=[{"type": "text", "html": "<p>Free her</p><script>alert(1)</script>"}])
    assert "<script" not in show_page(page, "en").story


def test_what_a_page_does_not_say_of_its_lead_picture_the_picture_says_itself(app: Flask) -> None:
    page = make_page(lead_picture="gate")
    page.version = 2
    gate = make_picture("gate")
    gate.alt, gate.credit = "A gate", "Us"
    add_wording(page, lead={"alt": "", "caption": "At dawn", "credit": "Ours"})
    assert show_page(page, "en").lead_words == {"alt": "A gate", "caption": "At dawn", "credit": "Ours"}
    assert cards([page], "en")[0].alt == "A gate"
