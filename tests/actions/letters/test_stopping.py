"""A stop holds on the wire: the letters go through the engine to a real SMTP server (L-12)."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from actions import clock
from actions.actors import OPERATOR, WORKER, Actor, Role
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.extensions import db
from actions.letters.models import Letter, LetterState, LetterStop
from actions.letters.releasing import release_due
from actions.letters.stopping import go_on, stop, stopped_pages, stops
from actions.pages.models import Page
from actions.staff.models import AuditEntry
from actions.targets.models import DAYS, Target
from devserver.catcher import Catcher
from tests.factories import engine
from tests.factories.deliveries import beside
from tests.factories.letters import make_letter, make_letters, make_supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.relay import running_relay
from tests.factories.staff import make_staff
from workers.sending.dispatch import drain
from workers.sending.ledger import has_due

SOMEBODY = Actor(Role.STAFF, 7)


@pytest.fixture
def target(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target(max_per_hour=600)


@pytest.fixture
def catcher(app: Flask) -> Iterator[Catcher]:
    with Catcher() as running:
        reach(app, running.url)
        yield running


def reach(app: Flask, smtp_url: str) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"smtp_url": smtp_url})


def released() -> int:
    number = release_due(by=WORKER)
    db.session.commit()
    return number


def send() -> None:
    drain(Lane.LETTERS, is_stopping=lambda: False, seconds=20)
    db.session.rollback()
    db.session.expire_all()


def press(change: object, page: Page | None = None, by: Actor = SOMEBODY) -> bool:
    assert callable(change)
    done = bool(change(page, by=by))
    db.session.commit()
    return done


def states() -> list[DeliveryState]:
    return list(db.session.scalars(select(Delivery.state).where(Delivery.lane == Lane.LETTERS)))


@pytest.mark.requirement("L-12")
def test_nothing_is_released_and_nothing_queued_is_sent_until_letters_go_on(
    page: Page, target: Target, catcher: Catcher
) -> None:
    make_letters(page, target, 2)
    assert released() == 2
    make_letter(page, target, make_supporter("late@example.org"))
    assert press(stop)
    assert released() == 0
    send()
    assert states() == [DeliveryState.QUEUED] * 2
    assert catcher.received == []
    assert press(go_on)
    assert released() == 1
    send()
    assert len(catcher.await_mails(3)) == 3


@pytest.mark.requirement("L-12")
def test_what_the_engine_has_claimed_already_goes_back_at_its_last_look(page: Page, target: Target, app: Flask) -> None:
    make_letters(page, target, 4)
    assert released() == 4
    with running_relay() as relay:
        reach(app, relay.url)
        relay.hold_at = "DOT"

        def press_stop() -> None:
            assert relay.held.wait(20)
            press(stop)
            relay.hold_at = ""
            relay.go_on.set()

        beside(app, send, press_stop)
        assert len(relay.messages) == 1
        assert relay.commands.count("DATA") == 1
    db.session.rollback()
    assert sorted(states()) == [DeliveryState.QUEUED] * 3 + [DeliveryState.SENT]


@pytest.mark.requirement("L-12")
def test_the_letters_of_one_page_are_stopped_alone(page: Page, target: Target, catcher: Catcher) -> None:
    other = make_page("free-him", targets=[target])
    for each in (page, other):
        make_letter(each, target, make_supporter(f"{each.slug}@example.org"))
    assert released() == 2
    for each in (page, other):
        make_letter(each, target, make_supporter("bo@example.org"))
    assert press(stop, page)
    assert released() == 1
    send()
    assert len(catcher.await_mails(2)) == 2
    sent = db.session.scalars(select(Letter.page_id).where(Letter.state == LetterState.SENT))
    assert list(sent) == [other.id, other.id]
    assert not has_due(Lane.LETTERS, stops()[0].at)
    # Both are stopped now, and that of all goes first.
    assert press(stop)
    assert press(go_on)
    assert stopped_pages() == {page.id}
    send()
    assert len(catcher.received) == 2
    assert press(go_on, page)
    assert released() == 1
    send()
    assert len(catcher.await_mails(4)) == 4


@pytest.mark.requirement("L-09")
def test_a_letter_that_comes_to_the_wire_when_its_office_is_closed_waits_until_it_opens(
    page: Page, target: Target, catcher: Catcher
) -> None:
    now = clock.now().astimezone(ZoneInfo(target.timezone))
    target.open_days = [DAYS[now.weekday()]]
    make_letters(page, target, 2)
    assert released() == 2
    claimed = engine.claim(Lane.LETTERS)
    clock.clock.move(timedelta(days=1))
    assert engine.reserve(claimed) == set()
    send()
    assert (catcher.received, states()) == ([], [DeliveryState.QUEUED] * 2)
    assert not has_due(Lane.LETTERS, clock.now())
    clock.clock.move(timedelta(days=6))
    send()
    assert len(catcher.await_mails(2)) == 2


def test_who_stopped_them_and_let_them_go_on_is_written_down_once(app: Flask, page: Page) -> None:
    member = Actor(Role.STAFF, make_staff().id)
    assert press(stop, page, member)
    assert not press(stop, page)
    assert press(stop, by=OPERATOR)
    assert not press(stop)
    assert [(one.page_id, one.staff_id) for one in stops()] == [(None, None), (page.id, member.staff_id)]
    assert press(go_on, page, member)
    assert not press(go_on, page)
    noted = db.session.execute(
        select(AuditEntry.action, AuditEntry.staff_id, AuditEntry.about_id)
        .where(AuditEntry.action.contains("letters"))
        .order_by(AuditEntry.id)
    )
    assert [tuple(row) for row in noted] == [
        ("stopped letters", member.staff_id, page.id),
        ("stopped letters", None, None),
        ("let letters go on", member.staff_id, page.id),
    ]


def test_two_who_stop_at_once_stop_once(app: Flask, page: Page) -> None:
    start = threading.Barrier(4)
    db.session.commit()

    def pressing() -> bool:
        start.wait()
        return press(stop)

    assert sorted(beside(app, *[pressing] * 4)) == [False, False, False, True]
    db.session.rollback()
    assert len(list(db.session.scalars(select(LetterStop)))) == 1
