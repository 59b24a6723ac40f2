from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask, Response

from actions.clock import clock
from actions.config import Settings
from actions.extensions import db
from actions.pages.models import Page
from actions.site import shared
from actions.site.shared import MOST_KEPT
from tests.conftest import settings_for
from tests.factories.pages import add_wording, make_page


@pytest.fixture
def page(app: Flask) -> Page:
    shared.forget()
    return make_page()


@pytest.fixture
def ask(app: Flask, page: Page) -> Callable[..., str]:
    """The answer to a request; each drawing has the next number."""
    drawn = iter(range(1000))

    def asked(path: str = "/", language: str = "en") -> str:
        with app.test_request_context(path, headers={"Accept-Language": language}):
            return shared.shared(lambda: Response(f"{next(drawn)}", headers={"Content-Language": "en"})).get_data(
                as_text=True
            )

    return asked


def test_readers_alike_get_what_was_drawn_once(ask: Callable[..., str]) -> None:
    assert [ask(), ask(), ask("/?utm=x")] == ["0", "0", "0"]


def test_another_page_or_language_is_drawn_for_itself(ask: Callable[..., str]) -> None:
    answers = [ask(), ask("/a/free-her"), ask("/?lang=km"), ask(language="km"), ask(language="km, ar")]
    assert len(set(answers)) == len(answers)
    assert ask(language="fr, km;q=0.5") == ask(language="km"), "of French there is nothing"


def test_a_change_and_a_count_are_seen_at_once(ask: Callable[..., str], page: Page) -> None:
    answers = [ask()]
    add_wording(page, "km")
    db.session.commit()
    answers.append(ask())
    page.signature_count += 1
    db.session.commit()
    answers.append(ask())
    assert answers == ["0", "1", "2"]


def test_it_is_drawn_anew_after_a_few_seconds(ask: Callable[..., str]) -> None:
    assert ask() == "0"
    clock.move(shared.FRESH_FOR - timedelta(seconds=1))
    assert ask() == "0"
    clock.move(timedelta(seconds=2))
    assert ask() == "1"


def test_other_settings_draw_for_themselves(app: Flask, ask: Callable[..., str], settings: Settings) -> None:
    assert ask() == "0"
    app.config["SETTINGS"] = settings_for(settings.database_url, settings.redis_url, settings.media_dir.parent)
    assert ask() == "1"


def test_what_is_kept_stays_small(ask: Callable[..., str]) -> None:
    for number in range(MOST_KEPT + 5):
        ask(f"/a/page-{number}")
    assert len(shared._drawn) <= MOST_KEPT  # noqa: SLF001  # nothing outside can see it


def test_the_headers_are_those_of_the_first_answer(app: Flask, page: Page) -> None:
    for _ in range(2):
        with app.test_request_context("/"):
            answer = shared.shared(lambda: Response("drawn", headers={"Content-Language": "km"}))
            assert (answer.headers["Content-Language"], answer.mimetype) == ("km", "text/html")
