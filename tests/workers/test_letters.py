from datetime import timedelta

import pytest
from flask import Flask

from actions import clock
from actions.actors import OPERATOR
from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.letters.counting import counted
from actions.letters.models import LetterState
from actions.pages.models import Page
from actions.restores.operations import note_restore
from actions.targets.models import Target
from tests.factories.letters import delivery_of, make_letter, make_supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from workers.letters import cancel_of_ended_pages, count, release, tell


@pytest.fixture
def target(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target()


@pytest.fixture
def page(target: Target) -> Page:
    return make_page(targets=[target])


def test_what_is_ready_goes_on_its_way_once(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    release()
    release()
    db.session.expire_all()
    assert letter.state is LetterState.RELEASED
    assert delivery_of(letter).state is DeliveryState.QUEUED


def test_after_a_pages_last_day_its_letters_do_not_go(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    clock.clock.move(timedelta(days=61))
    release()
    cancel_of_ended_pages()
    db.session.expire_all()
    assert letter.state is LetterState.CANCELLED


def test_letters_are_counted(page: Page, target: Target) -> None:
    make_letter(page, target, make_supporter())
    count()
    count()
    assert [one.states for one in counted()] == [{LetterState.READY: 1}]


def test_writers_of_stopped_letters_are_told_by_the_job(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    clock.clock.move(timedelta(days=61))
    cancel_of_ended_pages()
    tell()
    tell()
    assert delivery_of(letter, "letter_cancelled").state is DeliveryState.QUEUED


def test_after_a_restore_nobody_is_told_before_somebody_has_looked(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    clock.clock.move(timedelta(days=61))
    cancel_of_ended_pages()
    note_restore(by=OPERATOR)
    db.session.commit()
    tell()
    db.session.expire_all()
    assert letter.untold
