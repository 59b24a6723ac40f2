from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update

from actions import clock
from actions.actors import WORKER
from actions.extensions import db
from actions.letters.counting import count, counted, sent_by_hour
from actions.letters.journal import move
from actions.letters.models import Letter, LetterCount, LetterEvent, LetterState
from actions.pages.models import Page
from actions.targets.models import Target
from tests.factories.letters import make_letter, make_letters, make_supporter, move_to
from tests.factories.pages import make_page

L = LetterState


def count_now() -> bool:
    done = count()
    db.session.commit()
    return done


def test_letters_are_counted_by_page_target_and_state(page: Page, target: Target) -> None:
    assert count_now()
    assert counted() == []
    other = make_page("free-him", targets=[target])
    letters = make_letters(page, target, 3)
    move_to(letters[0], L.RELEASED, L.SENT)
    make_letters(other, target, 1)
    assert count_now()
    assert {(one.page_id, one.target_id): one.states for one in counted()} == {
        (page.id, target.id): {L.READY: 2, L.SENT: 1},
        (other.id, target.id): {L.READY: 1},
    }
    assert [one.page_id for one in counted(page_id=other.id)] == [other.id]
    assert len(counted(target_id=target.id)) == 2
    assert counted(target_id=target.id + 1) == []


def test_they_are_counted_anew_when_the_journal_has_grown_or_ten_minutes_have_passed(
    page: Page, target: Target
) -> None:
    (letter,) = make_letters(page, target, 1)
    assert count_now()
    assert not count_now()
    move_to(letter, L.RELEASED)
    assert count_now()
    assert [one.states for one in counted()] == [{L.RELEASED: 1}]
    db.session.execute(delete(LetterEvent))
    db.session.execute(delete(Letter))
    db.session.commit()
    clock.clock.move(timedelta(minutes=11))
    assert count_now()
    assert list(db.session.scalars(select(LetterCount))) == []


def test_what_was_sent_in_each_hour_is_told_with_the_empty_ones(page: Page, target: Target) -> None:
    clock.clock.move(datetime(2026, 12, 1, 9, 50, tzinfo=UTC) - clock.now())
    first, second, third = make_letters(page, target, 3)
    for letter, wait in ((first, 20), (second, 0), (third, 110)):
        move(letter, L.RELEASED, by=WORKER)
        move(letter, L.SENT, by=WORKER)
        db.session.commit()
        clock.clock.move(timedelta(minutes=wait))
    assert clock.now().hour == 12
    assert [(hour.hour, number) for hour, number in sent_by_hour(4)] == [(9, 1), (10, 2), (11, 0), (12, 0)]
    assert [number for _, number in sent_by_hour(2)] == [0, 0]


def test_what_of_letters_is_their_writers_own_is_counted_of_those_that_were_confirmed(
    page: Page, target: Target
) -> None:
    for number, (share, after) in enumerate([(10, L.SENT), (41, None), (None, None), (99, L.REFUSED)]):
        letter = make_letter(page, target, make_supporter(f"w{number}@example.org"), own_share=share)
        if after is L.SENT:
            move_to(letter, L.RELEASED, L.SENT)
        elif after is L.REFUSED:
            letter.state = L.REFUSED
            db.session.commit()
    assert count_now()
    assert [one.own_share for one in counted()] == [26]
    db.session.execute(update(Letter).values(own_share=None))
    db.session.commit()
    clock.clock.move(timedelta(minutes=11))
    assert count_now()
    assert [one.own_share for one in counted()] == [None]
