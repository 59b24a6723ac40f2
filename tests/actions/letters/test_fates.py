from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR, WORKER
from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.letters import holding, operations, releasing
from actions.letters.fates import Fate, fate_of
from actions.letters.models import Letter, LetterState
from actions.pages.models import Page, PageState
from actions.supporters.models import Supporter
from actions.targets.models import Target, WaitsWhy
from actions.targets.waiting import let_wait
from email_templates.language import LANGUAGES
from tests.factories.bundles import bound, brought, page_with_bundles, write
from tests.factories.letters import delivery_of, end_delivery, make_letter, make_supporter, move_to
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_target

ROUND_THE_CLOCK: dict[str, Any] = {"max_per_hour": 12}


@pytest.fixture
def target(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target(**ROUND_THE_CLOCK)


@pytest.fixture
def letter(page: Page, target: Target) -> Letter:
    return make_letter(page, target, make_supporter())


@pytest.fixture
def fate(letter: Letter, page: Page, target: Target) -> Callable[[], Fate]:
    def of_now() -> Fate:
        db.session.commit()
        db.session.expire_all()
        return fate_of(letter, page, target, "en")

    return of_now


def release(target: Target) -> None:
    assert releasing.release_due(by=WORKER) == 1
    db.session.commit()


def test_it_waits_for_its_turn_at_the_offices_pace(fate: Callable[[], Fate]) -> None:
    assert "at most 12 an hour" in fate().words


def test_it_waits_so_that_it_can_be_taken_back(letter: Letter, fate: Callable[[], Fate]) -> None:
    letter.release_at = clock.now() + timedelta(minutes=10)
    assert "so that you can still take it back" in fate().words


def test_it_waits_for_the_office_to_open(target: Target, fate: Callable[[], Fate]) -> None:
    tomorrow = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(clock.now().weekday() + 2) % 7]
    target.open_days, target.timezone = [tomorrow], "UTC"
    assert "The office is closed until" in fate().words


@pytest.mark.parametrize("why", WaitsWhy)
def test_it_waits_with_all_letters_to_this_office(target: Target, fate: Callable[[], Fate], why: WaitsWhy) -> None:
    let_wait(target, why, by=OPERATOR)
    assert "Letters to this office wait at present" in fate().words


def test_it_waits_while_its_page_is_paused(page: Page, fate: Callable[[], Fate]) -> None:
    page.state = PageState.PAUSED
    assert "paused" in fate().words


def test_it_waits_where_enough_have_gone(target: Target, page: Page, fate: Callable[[], Fate]) -> None:
    target.max_in_total = 1
    move_to(make_letter(page, target, make_supporter("bea@example.org")), LetterState.RELEASED, LetterState.SENT)
    assert "As many letters have gone to this office as it takes" in fate().words


def test_it_is_on_its_way_and_says_when_the_office_puts_it_off(
    target: Target, letter: Letter, fate: Callable[[], Fate]
) -> None:
    release(target)
    assert fate().words == "It is on its way."
    delivery_of(letter).state = DeliveryState.DEFERRED
    assert "asked us to come back later" in fate().words


def test_it_was_handed_over_on_a_day(target: Target, letter: Letter, fate: Callable[[], Fate]) -> None:
    release(target)
    end_delivery(delivery_of(letter), DeliveryState.SENT)
    assert str(clock.now().year) in fate().words
    assert not fate().to_post


@pytest.mark.requirement("L-08")
def test_nobody_knows_and_it_was_probably_delivered(target: Target, letter: Letter, fate: Callable[[], Fate]) -> None:
    release(target)
    end_delivery(delivery_of(letter), DeliveryState.UNKNOWN)
    assert "probably delivered" in fate().words


@pytest.mark.requirement("L-16")
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"reply_code": 550, "reply_status": "5.1.1"}, "takes no email any more"),
        ({"reply_code": 552, "reply_status": "5.2.2"}, "was full"),
        ({"reply_code": 550, "reply_status": "5.7.1"}, "refused it"),
        ({"reply_code": None}, "could not be reached"),
    ],
)
def test_it_could_not_be_delivered_says_why_and_can_be_posted(
    target: Target, letter: Letter, fate: Callable[[], Fate], reply: dict[str, Any], said: str
) -> None:
    release(target)
    end_delivery(delivery_of(letter), DeliveryState.FAILED, **reply)
    assert said in fate().words
    assert fate().to_post


def test_where_the_page_has_ended_nothing_can_be_posted(
    page: Page, target: Target, letter: Letter, fate: Callable[[], Fate]
) -> None:
    release(target)
    end_delivery(delivery_of(letter), DeliveryState.FAILED, reply_code=550, reply_status="5.1.1")
    page.state = PageState.CLOSED
    assert not fate().to_post


def test_given_back_before_it_went(target: Target, letter: Letter, fate: Callable[[], Fate]) -> None:
    target.email = None
    assert releasing.release_due(by=WORKER) == 0
    assert "takes no email any more" in fate().words
    assert fate().to_post


def test_it_was_taken_back(letter: Letter, fate: Callable[[], Fate]) -> None:
    assert operations.undo(letter, by=WORKER)
    assert fate().words == "You took it back before it went."


def test_its_page_closed(page: Page, fate: Callable[[], Fate]) -> None:
    assert holding.cancel_waiting(page, by=OPERATOR) == 1
    assert "The page closed" in fate().words


def test_it_is_held_for_news_then_let_go_or_forgotten(page: Page, letter: Letter, fate: Callable[[], Fate]) -> None:
    page.version += 1
    db.session.flush()
    letter.page_version = page.version - 1
    move = releasing.move
    event = move(letter, LetterState.HELD, by=WORKER, reason="the page's words changed")
    assert event is not None
    assert "because there is news" in fate().words
    with db.session.begin_nested() as undone:
        holding.refuse(event.id, by=WORKER)
        assert "you let it go" in fate_of(letter, page, Target(), "en").words
        undone.rollback()
    db.session.expire_all()
    holding.expire(event.id, by=WORKER)
    assert "we did not hear from you" in fate().words


def test_it_is_held_for_somebody_to_look(letter: Letter, fate: Callable[[], Fate]) -> None:
    move_to(letter, LetterState.HELD)
    assert "until somebody here has looked at it" in fate().words


def test_a_newer_one_took_its_place(page: Page, target: Target, letter: Letter, fate: Callable[[], Fate]) -> None:
    move_to(letter, LetterState.HELD)
    writer = db.session.get_one(Supporter, letter.supporter_id)
    make_letter(page, target, writer)
    assert "the newer letter took its place" in fate().words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_words_in_every_language(page: Page, target: Target, letter: Letter, language: str) -> None:
    said = set()
    for state in LetterState:
        letter.state = state
        said.add(fate_of(letter, page, target, language).words)
    assert len(said) >= 6
    assert "" not in said
    db.session.rollback()


@pytest.mark.requirement("L-10")
def test_a_letter_on_paper_says_where_and_when_it_was_handed_over(app: Flask) -> None:
    page, target = page_with_bundles()
    (letter,) = write(page, target, "Ann")
    assert "handed over together, on paper" in fate_of(letter, page, target, "en").words
    bundle = bound(page, target)
    assert "waits to be handed over" in fate_of(letter, page, target, "en").words
    brought(bundle, on=clock.now().replace(year=2026, month=12, day=10), place="the embassy in Geneva")
    said = "It was handed over on paper, together with others, on 10 December 2026 (the embassy in Geneva)."
    assert fate_of(letter, page, target, "en") == Fate(said)
    for language in ("ar", "km"):
        assert fate_of(letter, page, target, language).words != said


@pytest.fixture
def on_paper(app: Flask) -> tuple[Page, Target, Letter]:
    page, target = page_with_bundles()
    first, _ = write(page, target, "Ann Bo")
    return page, target, first


def test_a_letter_on_paper_waits_with_its_office_and_for_who_checks_it(
    on_paper: tuple[Page, Target, Letter], app: Flask
) -> None:
    page, target, letter = on_paper
    target.open_days = [("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(clock.now().weekday() + 2) % 7]]
    assert "It waits to be printed" in fate_of(letter, page, target, "en").words
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"target_second_person": True})
    target.verified_at = None
    assert "has checked the office’s address" in fate_of(letter, page, target, "en").words
    let_wait(target, WaitsWhy.ASKED, by=OPERATOR)
    assert "Letters to this office wait at present" in fate_of(letter, page, target, "en").words


def test_a_letter_on_paper_for_which_there_is_no_room_says_so(on_paper: tuple[Page, Target, Letter]) -> None:
    page, target, letter = on_paper
    target.max_in_total = 1
    letter.release_at = clock.now() + timedelta(hours=1)
    bound(page, target)
    letter.release_at = clock.now()
    assert "As many letters have gone to this office as it takes" in fate_of(letter, page, target, "en").words
