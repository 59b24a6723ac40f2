from collections import Counter
from datetime import timedelta

import pytest

from actions import clock
from actions.actors import WORKER
from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.letters import queries
from actions.letters.models import LetterState
from actions.letters.releasing import release_due
from actions.letters.stopping import stop
from actions.pages.counting import recount, tally
from actions.pages.models import Page
from actions.targets.models import Target
from actions.targets.planning import Gone
from tests.factories.letters import delivery_of, make_letter, make_letters, make_supporter, move_to
from tests.factories.pages import make_page, make_target


def test_a_letter_counts_from_when_it_is_ready_until_it_comes_to_nothing(page: Page, target: Target) -> None:
    by_email = queries.ACTS[0]
    letters = make_letters(page, target, 3)
    assert tally(by_email) == 3
    move_to(letters[0], LetterState.CANCELLED)
    move_to(letters[1], LetterState.RELEASED, LetterState.SENT)
    assert tally(by_email) == 1
    db.session.refresh(page)
    assert page.letter_count == 2
    recount(by_email)
    db.session.refresh(page)
    assert page.letter_count == 2


def test_the_oldest_letters_of_acting_pages_are_due(page: Page, target: Target) -> None:
    other = make_page("other", targets=[target])
    first, second = make_letters(page, target, 2)
    elsewhere = make_letter(other, target, make_supporter("eva@example.org"))
    now = clock.now()
    assert list(queries.targets_with_due(now)) == [target.id]
    assert {found.id for found in queries.pages_with_ready([target.id])} == {page.id, other.id}
    two = {target.id: 2}
    assert [due.id for due in queries.due_to(two, [page.id, other.id], now)] == [first.id, second.id]
    assert [due.id for due in queries.due_to(two, [other.id], now)] == [elsewhere.id]
    assert list(queries.due_to(two, [page.id, other.id], now - timedelta(hours=2))) == []
    assert list(queries.targets_with_due(now - timedelta(hours=2))) == []


def test_each_target_is_given_its_own_number_of_letters(page: Page, target: Target) -> None:
    second, third = (make_target(f"office-{one}", email=f"o{one}@embassy.test") for one in range(2))
    everywhere = make_page("everywhere", targets=[target, second, third])
    writers = [make_supporter(f"writer{number}@example.org") for number in range(3)]
    for writer in writers:
        for one in (target, second, third):
            make_letter(everywhere, one, writer)
    due = queries.due_to({target.id: 1, second.id: 2}, [everywhere.id], clock.now())
    assert Counter(letter.target_id for letter in due) == {target.id: 1, second.id: 2}


@pytest.mark.requirement("L-09")
def test_a_letter_counts_when_it_reached_its_office_and_as_coming_now_until_then(page: Page, target: Target) -> None:
    letters = make_letters(page, target, 5)
    release_due(by=WORKER)
    clock.clock.move(timedelta(days=2))
    assert queries.gone_of(target, clock.now()) == Gone(in_portion=5, in_hour=5, in_day=5, today=5, in_all=5)
    for letter, state in zip(letters, ("sent", "failed", "unknown", "cancelled"), strict=False):
        move_to(letter, LetterState(state))
    now, under_way = clock.now(), 1
    for after, portion, hour, day in (
        (timedelta(0), 3, 3, 3),
        (timedelta(minutes=5), 0, 3, 3),
        (timedelta(hours=1), 0, 0, 3),
        (timedelta(days=1), 0, 0, 0),
    ):
        gone = queries.gone_of(target, now + after)
        assert (gone.in_portion, gone.in_hour, gone.in_day) == tuple(one + under_way for one in (portion, hour, day))


def test_letters_under_way_from_a_page_that_is_stopped_leave_their_room_to_others(page: Page, target: Target) -> None:
    make_letters(page, target, 2)
    release_due(by=WORKER)
    stop(page, by=WORKER)
    assert queries.gone_of(target, clock.now()) == Gone(in_all=2)


def test_letters_of_a_writer_are_counted_for_a_day(page: Page, target: Target) -> None:
    writer = make_letters(page, target, 2)[0].supporter_id
    assert writer is not None
    release_due(by=WORKER)
    assert queries.gone_of_writers([writer], clock.now()) == {writer: 1}
    assert queries.gone_of_writers([writer], clock.now() + timedelta(days=1, minutes=1)) == {}


def test_three_deferrals_in_a_row_mean_come_back_later(page: Page, target: Target) -> None:
    letters = make_letters(page, target, 3)
    release_due(by=WORKER)
    for number, letter in enumerate(letters):
        assert queries.putting_off([target.id]) == set()
        delivery_of(letter).state = DeliveryState.DEFERRED
        db.session.flush()
        assert queries.putting_off([target.id]) == ({target.id} if number == 2 else set())
    assert queries.putting_off([target.id + 1]) == set()


def test_a_letter_is_held_by_its_newest_journal_row_alone(page: Page, target: Target) -> None:
    letter = move_to(make_letter(page, target, make_supporter()), LetterState.HELD)
    first = queries.journal_of(letter)[-1]
    held = queries.held_by_event(first.id)
    assert held is not None
    assert held.id == letter.id
    move_to(letter, LetterState.READY, LetterState.HELD)
    assert queries.held_by_event(first.id) is None
    assert queries.letter_of_event(first.id).id == letter.id


def test_pages_with_waiting_letters_are_found(page: Page, target: Target) -> None:
    letter = make_letter(page, target, make_supporter())
    assert [found.id for found in queries.pages_with_waiting()] == [page.id]
    move_to(letter, LetterState.RELEASED, LetterState.SENT)
    assert queries.pages_with_waiting() == []


def test_what_waits_is_told_by_target(page: Page, target: Target) -> None:
    letters = make_letters(page, target, 3)
    move_to(letters[0], LetterState.RELEASED, LetterState.SENT)
    assert queries.waiting_by_target(page.id) == {target.id: 2}
    assert queries.waiting_by_target(page.id, (LetterState.HELD,)) == {}
