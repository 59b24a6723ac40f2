import pytest
from flask import Flask
from sqlalchemy import func, select

from actions.actors import OPERATOR
from actions.clock import clock
from actions.config import Settings
from actions.deliveries.composing import sender_view
from actions.deliveries.models import Lane
from actions.extensions import db
from actions.media.models import Picture
from actions.organisation.queries import sender_of
from actions.pages.models import Outcome, Page, PageState, PageWording
from actions.pages.operations import add_update
from actions.pages.queries import languages, newest_update, page_by_slug, targets_of
from actions.site.demo import NotADemonstration, load_demo
from actions.transaction import transaction


@pytest.fixture
def loaded(app: Flask) -> list[Page]:
    with transaction():
        return load_demo(by=OPERATOR)


def page(slug: str) -> Page:
    found = page_by_slug(slug)
    assert found is not None
    return found


def test_the_pages_are_open_and_whole(loaded: list[Page]) -> None:
    assert {one.slug: one.state for one in loaded} == {
        "mu-sochua": PageState.OPEN_WITH_UPDATE,
        "ilen-varo": PageState.OPEN,
        "radio-lark": PageState.OPEN,
    }
    assert all(set(languages(one)) == {"en", "km", "ar"} for one in loaded)


@pytest.mark.requirement("B-07")
def test_each_stream_comes_from_a_subdomain_of_its_own(loaded: list[Page]) -> None:
    domains = {lane: sender_view(lane).address.rpartition("@")[2] for lane in Lane}
    assert len(set(domains.values())) == len(Lane)
    assert all(domain.endswith(".open-door.test") for domain in domains.values()), "of one organisation"


def test_the_reference_action_stands_as_on_22_july_2014(loaded: list[Page]) -> None:
    sochua = page("mu-sochua")
    update = newest_update(sochua)
    assert update is not None
    assert update.outcome is Outcome.PARTIAL
    assert update.dated.date().isoformat() == "2014-07-22"
    assert sochua.action_until is None
    (target,) = targets_of(sochua)
    assert target.lines[0] == "His Excellency Mr. Hem Heng"
    assert target.email is None
    assert loaded


def test_the_urgent_action_ends_sixty_days_after_it_was_first_loaded(loaded: list[Page]) -> None:
    varo = page("ilen-varo")
    assert varo.action_until is not None
    assert (varo.action_until - clock.now()).days == 59
    until = varo.action_until
    with transaction():
        load_demo(by=OPERATOR)
    assert page("ilen-varo").action_until == until
    assert loaded


def test_loading_it_again_changes_nothing(loaded: list[Page]) -> None:
    def everything() -> list[int | None]:
        tables = (Page, PageWording, Picture)
        return [db.session.scalar(select(func.count()).select_from(table)) for table in tables]

    before = everything()
    with transaction():
        again = load_demo(by=OPERATOR)
    assert everything() == before
    assert [(one.id, one.version) for one in again] == [(one.id, one.version) for one in loaded]


def test_news_published_since_is_not_taken_back(loaded: list[Page]) -> None:
    with transaction():
        add_update(page("ilen-varo"), Outcome.PARTIAL, {"en": {"headline": "Her medicine has come"}}, by=OPERATOR)
    with transaction():
        load_demo(by=OPERATOR)
    assert page("ilen-varo").state is PageState.OPEN_WITH_UPDATE
    assert loaded


def test_each_lane_has_a_sender(loaded: list[Page]) -> None:
    assert sender_of("letters").address == "letters@letters.open-door.test"
    assert sender_of("letters").reply_to is None
    assert loaded


def test_nothing_invented_is_loaded_where_mail_leaves_the_machine(app: Flask, settings: Settings) -> None:
    app.config["SETTINGS"] = settings.model_copy(update={"smtp_url": "smtp://relay.example.org:587?tls=starttls"})
    with pytest.raises(NotADemonstration):
        load_demo(by=OPERATOR)
    assert db.session.scalar(select(func.count()).select_from(Page)) == 0
