from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions import clock
from actions.actors import OPERATOR
from actions.extensions import db
from actions.pages.models import Outcome, Page, PageKind, PageState
from actions.pages.operations import add_update
from tests.factories.organisation import make_list, make_organisation
from tests.factories.page_words import make_picture
from tests.factories.pages import add_wording, make_page, make_target
from tests.factories.statements import noted_statements

NEWS: dict[str, dict[str, Any]] = {
    "en": {"headline": "Released on bail", "blocks": [{"type": "text", "html": "<p>The charges stand.</p>"}]}
}


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    make_list()
    make_picture("river.webp")
    return make_page(targets=[make_target()], lead_picture="river.webp")


def test_home_shows_the_open_pages_and_the_form_to_join(page: Page, client: FlaskClient) -> None:
    make_page("draft", state=PageState.DRAFT)
    make_page("over", state=PageState.WON)
    shown = client.get("/")
    assert shown.status_code == 200
    assert f"/a/{page.slug}?lang=en" in shown.text
    assert "/a/draft" not in shown.text
    assert shown.text.index("What came of earlier appeals") < shown.text.index("/a/over")
    assert 'action="/join"' in shown.text
    assert "Set-Cookie" not in shown.headers


@pytest.mark.usefixtures("app")
def test_home_answers_before_anything_is_set_up(client: FlaskClient) -> None:
    assert client.get("/").status_code == 200


def test_the_action_page_shows_all_its_parts_in_order(page: Page, client: FlaskClient) -> None:
    page.state = PageState.OPEN_WITH_UPDATE
    page.demonstration = page.flagged = True
    page.signature_count = 12408
    page.version = 2
    add_wording(
        page,
        notes={"safety": "Think first.", "share": "Sign for her:", "donation": "Gifts pay for stamps."},
        petition={"statement": "Release her at once.", "addressees": ["The Ambassador", "The Prime Minister"]},
        lead={"alt": "Drawing of a river", "caption": "A river", "credit": "Open Door Fund"},
        blocks=[
            {"type": "heading", "text": "Who she is", "level": 2},
            {"type": "divider"},
            {
                "type": "question",
                "text": "What does equality mean to you?",
                "link_text": "Say",
                "url": "https://x.test",
            },
        ],
    )
    page.version = 2
    add_update(page, Outcome.PARTIAL, NEWS, dated=datetime(2014, 7, 22, tzinfo=UTC), by=OPERATOR)
    db.session.commit()
    shown = client.get("/a/free-her").text
    parts = [
        "Open Door Fund",
        "22 July 2014",
        "Released on bail",
        "Demonstration",
        "<h1>Free her</h1>",
        'alt="Drawing of a river"',
        "A river",
        "She spoke up and was jailed.",
        "12,408",
        "Release her at once.",
        "The Prime Minister",
        "Think first.",
        'action="/a/free-her/sign"',
        "Who she is",
        "What happened since",
        "The charges stand.",
        "Share this page",
        "What does equality mean to you?",
        'action="/join"',
    ]
    places = [shown.find(part) for part in parts]
    assert -1 not in places, [part for part, place in zip(parts, places, strict=True) if place < 0]
    last = [shown.index(part) for part in parts[:1]]
    for part in parts[1:]:
        last.append(shown.index(part, last[-1]))
    assert "<script" not in shown
    assert "block-divider" not in shown, "a divider with nothing behind it is left out"


@pytest.mark.requirement("C-35")
def test_what_becomes_of_the_details_stands_beside_the_form(page: Page, client: FlaskClient) -> None:
    shown = client.get(f"/a/{page.slug}").text
    for said in ("Open Door Fund asks.", "who represents Cambodia.", "Six months.", "By the link in every mail."):
        assert said in shown


def test_a_page_speaks_the_readers_language_where_it_can_and_says_where_it_cannot(
    page: Page, client: FlaskClient
) -> None:
    add_wording(page, "km", title="ដោះលែងគាត់")
    db.session.commit()
    khmer = client.get(f"/a/{page.slug}?lang=km")
    assert "ដោះលែងគាត់" in khmer.text
    assert '<html lang="km" dir="ltr">' in khmer.text
    assert khmer.headers["Content-Language"] == "km"
    arabic = client.get(f"/a/{page.slug}", headers={"Accept-Language": "ar"})
    assert '<html lang="en" dir="ltr">' in arabic.text
    assert '<p class="small" lang="ar" dir="rtl">' in arabic.text
    assert 'class="small" lang="ar"' not in client.get(f"/a/{page.slug}?lang=en").text


@pytest.mark.requirement("O-20")
def test_the_page_asks_the_database_a_small_and_constant_number_of_questions(page: Page, client: FlaskClient) -> None:
    path = f"/a/{page.slug}"
    with noted_statements() as few:
        client.get(path)
    with noted_statements() as again:
        client.get(path)
    assert len([one for one in again if "link_requests" not in one.text]) == 1, "one look at whether anything changed"
    for number in range(5):
        make_page(f"other-{number}", lead_picture="river.webp")
        add_update(page, Outcome.PARTIAL, NEWS, by=OPERATOR)
        add_wording(page, ("ar", "km", "fr", "es", "de")[number])
    page.signature_count = 1_000_000
    db.session.commit()
    db.session.expire_all()
    with noted_statements() as many:
        client.get(path)
    assert len(many) <= len(few) + 2, "the next pages' words and pictures are one query each"
    assert len(many) <= 40
    assert not any("count(" in one.text.lower() for one in many)


@pytest.mark.parametrize("slug", ["nothing", "draft"])
def test_what_is_not_public_is_not_there(page: Page, client: FlaskClient, slug: str) -> None:
    make_page("draft", state=PageState.DRAFT)
    assert client.get(f"/a/{slug}").status_code == 404
    assert page


@pytest.mark.parametrize("state", [PageState.WON, PageState.CLOSED, PageState.STOPPED, PageState.PAUSED])
def test_a_page_that_takes_no_acts_is_read_only_and_offers_a_next_step(
    page: Page, client: FlaskClient, state: PageState
) -> None:
    make_page("other")
    page.state = state
    page.ended_at = None if state is PageState.PAUSED else clock.now()
    db.session.commit()
    shown = client.get(f"/a/{page.slug}")
    assert shown.status_code == 200
    assert 'action="/a/free-her/sign"' not in shown.text
    assert ("This page is paused" if state is PageState.PAUSED else "This page is closed") in shown.text
    assert 'href="/a/other?lang=en"' in shown.text
    assert "She spoke up and was jailed." in shown.text


def test_an_outcome_stands_on_top_of_a_closed_page(page: Page, client: FlaskClient) -> None:
    add_update(page, Outcome.WON, NEWS, by=OPERATOR)
    db.session.commit()
    shown = client.get(f"/a/{page.slug}").text
    assert shown.index("Released on bail") < shown.index("<h1>")
    assert "This is what so many people asked for." in shown


def test_after_its_last_day_a_page_says_so(page: Page, client: FlaskClient) -> None:
    page.action_until = clock.now() - timedelta(hours=1)
    db.session.commit()
    shown = client.get(f"/a/{page.slug}").text
    assert "Its last day was" in shown
    assert 'action="/a/free-her/sign"' not in shown


def test_what_others_show_of_a_shared_page_comes_from_the_page(page: Page, client: FlaskClient) -> None:
    shown = client.get(f"/a/{page.slug}").text
    assert '<meta property="og:title" content="Free her">' in shown
    assert '<meta property="og:image" content="http://localhost:8000/media/' in shown
    assert '.jpg">' in shown


def test_a_petition_asks_for_no_letter_and_a_letter_for_no_signature(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    make_list()
    make_page("petition", kind=PageKind.PETITION, targets=[make_target()])
    make_page("letter", kind=PageKind.LETTER, targets=[make_target("another")])
    petition, letter = (client.get(f"/a/{slug}").get_data(as_text=True) for slug in ("petition", "letter"))
    assert 'action="/a/petition/sign"' in petition
    assert 'action="/a/petition/write"' not in petition
    assert 'action="/a/letter/write"' in letter
    assert 'action="/a/letter/sign"' not in letter
    assert client.get("/a/petition/write").status_code == 404
    assert client.get("/a/letter/sign").status_code == 404
    assert client.get("/a/letter/thanks?done=letter").status_code == 200
    assert client.get("/a/petition/thanks?done=signature").status_code == 200
