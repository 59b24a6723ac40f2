"""Many letters, offices and workers at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update

from actions import clock
from actions.actors import WORKER
from actions.extensions import db
from actions.held_rows import rows_held
from actions.letters.models import Letter, LetterState
from actions.letters.releasing import release_due
from actions.pages.models import Page, PageTarget
from actions.targets.models import Target
from actions.transaction import transaction
from tests.factories.letters import delivery_of, make_letter, make_letters, make_supporter
from tests.factories.pages import make_page, make_target
from tests.factories.statements import noted_statements


@pytest.mark.requirement("L-09")
def test_whoever_had_enough_leaves_room_for_other_writers_at_once(app: Flask, target: Target) -> None:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"writer_letters_a_day": 1})
    offices = [target, make_target("another", email="another@embassy.test", max_per_hour=12)]
    page, eager = make_page(targets=offices), make_supporter()
    for office in offices:
        make_letter(page, office, eager)
    behind = make_letter(page, offices[1], make_supporter("bob@example.org"))
    db.session.commit()
    assert release_due(by=WORKER) == 2
    db.session.refresh(behind)
    assert behind.state is LetterState.RELEASED


@pytest.mark.requirement("O-20")
def test_many_letters_are_released_by_as_many_statements_as_a_few(page: Page, target: Target) -> None:
    target.max_per_hour = 600
    make_letters(page, target, 2)
    few = asked_for_releasing(2)
    clock.clock.move(timedelta(minutes=6))
    for number in range(12):
        make_letter(page, target, make_supporter(f"later{number}@example.org"))
    assert asked_for_releasing(12) <= few


def asked_for_releasing(number: int) -> int:
    """How many statements it takes."""
    db.session.commit()
    db.session.expunge_all()
    with noted_statements() as asked, rows_held():
        assert release_due(by=WORKER) == number
    return len(asked)


@pytest.mark.requirement("L-06")
def test_one_that_is_held_or_goes_back_leaves_the_others_as_they_are(page: Page, target: Target) -> None:
    changed, *others = make_letters(page, target, 3)
    other = make_page("other", targets=[target])
    elsewhere = make_letter(other, target, make_supporter())
    db.session.execute(delete(PageTarget).where(PageTarget.page_id == other.id))
    db.session.execute(update(Letter).where(Letter.id == changed.id).values(name_shown="initials"))
    db.session.commit()
    db.session.expire_all()
    assert release_due(by=WORKER) == 2
    assert [letter.state for letter in (changed, *others, elsewhere)] == [
        LetterState.HELD,
        LetterState.RELEASED,
        LetterState.RELEASED,
        LetterState.CANCELLED,
    ]
    assert [delivery_of(letter).about_id for letter in others] == [letter.id for letter in others]


def test_two_workers_together_keep_the_limits(app: Flask, page: Page, target: Target) -> None:
    target.max_per_hour = 36
    make_letters(page, target, 12)
    db.session.commit()

    def work(_: int) -> int:
        with app.app_context(), transaction():
            return release_due(by=WORKER)

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(work, range(8))) == 3


@pytest.mark.requirement("O-20")
def test_offices_that_had_what_they_take_are_not_asked_about_one_by_one(target: Target) -> None:
    """`bench/planning.py` measures it with hundreds of them and 100,000 letters."""
    others = [make_target(f"office-{one}", max_per_hour=1) for one in range(6)]
    page, writers = make_page(targets=others), [make_supporter(f"w{one}@example.org") for one in range(2)]
    for one in others:
        for writer in writers:
            make_letter(page, one, writer)
    assert release_due(by=WORKER) == len(others)
    db.session.commit()
    with noted_statements() as asked:
        assert release_due(by=WORKER) == 0
    assert len(asked) < len(others)
