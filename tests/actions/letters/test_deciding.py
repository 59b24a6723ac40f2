import threading
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from actions import clock
from actions.actors import WORKER, Actor, Role
from actions.deliveries.models import DeliveryState
from actions.deliveries.queries import about
from actions.extensions import db
from actions.letters.deciding import Decision, Result, decide, incidents, unknown_letters
from actions.letters.holding import tell_some
from actions.letters.journal import forget_words
from actions.letters.models import Letter, LetterState
from actions.letters.operations import EMAIL
from actions.letters.queries import journal_of
from actions.letters.releasing import release_due
from actions.pages.models import Page, PageState
from actions.staff.models import AuditEntry
from actions.targets.models import Target
from tests.factories.deliveries import beside
from tests.factories.letters import delivery_of, end_delivery, make_letters
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from workers.sweep import sweep

S = DeliveryState
MEMBER = Actor(Role.STAFF, 7)


@pytest.fixture
def target(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target(max_per_hour=600)


def broken(page: Page, target: Target, count: int = 1) -> list[Letter]:
    letters = make_letters(page, target, count)
    assert release_due(by=WORKER) == count
    db.session.commit()
    for letter in letters:
        end_delivery(delivery_of(letter), S.UNKNOWN)
    return letters


def decided(letters: list[Letter], decision: Decision) -> Counter[Result]:
    results = decide([letter.id for letter in letters], decision, by=MEMBER)
    db.session.commit()
    db.session.expire_all()
    return results


@pytest.mark.requirement("L-08")
def test_one_that_arrived_is_sent_and_its_writer_gets_the_receipt(page: Page, target: Target) -> None:
    (letter,) = broken(page, target)
    at = journal_of(letter)[-1].at
    clock.clock.move(timedelta(hours=5))
    assert decided([letter], Decision.ARRIVED) == {Result.DONE: 1}
    assert (letter.state, delivery_of(letter).state) == (LetterState.SENT, S.SENT)
    (receipt,) = about("letter_receipt", letter.id)
    assert receipt.values is not None
    assert at.isoformat()[:16] in receipt.values
    last = journal_of(letter)[-1]
    assert (last.by, last.after) == ("staff", LetterState.SENT)


@pytest.mark.requirement("L-08")
def test_one_that_did_not_arrive_goes_again_once_within_the_offices_pace(page: Page, target: Target) -> None:
    (letter,) = broken(page, target)
    assert decided([letter], Decision.AGAIN) == {Result.DONE: 1}
    assert letter.state is LetterState.READY
    assert [mail.state for mail in about(EMAIL, letter.id)] == [S.FAILED]
    assert release_due(by=WORKER) == 1
    assert release_due(by=WORKER) == 0
    assert [mail.state for mail in about(EMAIL, letter.id)] == [S.FAILED, S.QUEUED]
    assert about("letter_returned", letter.id) == []


@pytest.mark.requirement("L-08", "L-16")
def test_one_that_is_given_back_reaches_its_writer_once(page: Page, target: Target) -> None:
    (letter,) = broken(page, target)
    assert decided([letter], Decision.RETURNED) == {Result.DONE: 1}
    assert (letter.state, delivery_of(letter).state) == (LetterState.FAILED, S.FAILED)
    assert len(about("letter_returned", letter.id)) == 1
    assert db.session.get_one(Target, target.id).hard_bounces == 0


@pytest.mark.requirement("L-08")
def test_nothing_is_sent_again_by_itself(page: Page, target: Target) -> None:
    (letter,) = broken(page, target)
    for _ in range(5):
        clock.clock.move(timedelta(days=2))
        sweep()
        assert release_due(by=WORKER) == 0
    db.session.expire_all()
    assert (letter.state, delivery_of(letter).state) == (LetterState.UNKNOWN, S.UNKNOWN)


@pytest.mark.requirement("L-08")
def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(app: Flask, page: Page, target: Target) -> None:
    letters = broken(page, target, 3)
    ids = [letter.id for letter in letters]
    start = threading.Barrier(3)
    db.session.commit()

    def deciding(decision: Decision) -> tuple[Decision, Counter[Result]]:
        start.wait()
        results = decide(ids, decision, by=MEMBER)
        db.session.commit()
        return decision, results

    results = beside(app, *(lambda one=one: deciding(one) for one in Decision))  # type: ignore[misc]  # mypy infers no lambda with a default
    (winner,) = [decision for decision, found in results if found == {Result.DONE: 3}]
    assert [found for decision, found in results if decision is not winner] == [{Result.DECIDED_BEFORE: 3}] * 2
    db.session.rollback()
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "decided about a letter")).all()
    assert sorted(entry.about_id or 0 for entry in entries) == ids
    assert {entry.staff_id for entry in entries} == {7}


def test_a_letter_whose_words_are_gone_does_not_go_again(page: Page, target: Target) -> None:
    first, second = broken(page, target, 2)
    forget_words(first)
    db.session.commit()
    assert decided([first, second], Decision.AGAIN) == {Result.CANNOT_GO: 1, Result.DONE: 1}
    assert (first.state, second.state) == (LetterState.UNKNOWN, LetterState.READY)


def test_a_letter_of_a_page_that_has_ended_does_not_go_again(page: Page, target: Target) -> None:
    (letter,) = broken(page, target)
    page.state = PageState.CLOSED
    db.session.commit()
    assert decided([letter], Decision.AGAIN) == {Result.CANNOT_GO: 1}
    assert letter.state is LetterState.UNKNOWN
    assert decided([letter], Decision.RETURNED) == {Result.DONE: 1}


def test_a_letter_under_older_words_waits_for_its_writer_before_it_goes_again(page: Page, target: Target) -> None:
    (letter,) = broken(page, target)
    letter.page_version = page.version - 1
    db.session.commit()
    assert decided([letter], Decision.AGAIN) == {Result.DONE: 1}
    assert letter.state is LetterState.HELD
    tell_some(by=WORKER)
    assert len(about("letter_held", letter.id)) == 1


def test_what_broke_together_is_one_incident(page: Page, target: Target) -> None:
    other = make_target("minister", max_per_hour=600)
    far = make_page("free-him", targets=[other])
    broken(page, target, 3)
    clock.clock.move(timedelta(hours=2))
    later = make_page("free-them", targets=[target])
    broken(later, target, 1)
    broken(far, other, 2)
    found = incidents(unknown_letters())
    assert [(one[0].target_id, len(one)) for one in found] == [(target.id, 3), (target.id, 1), (other.id, 2)]
    assert len(unknown_letters(2)) == 2
    assert incidents([]) == []
