import pytest
from flask import Flask
from sqlalchemy import select, update

from actions.actors import WORKER
from actions.extensions import db
from actions.letters.journal import forget_words, move
from actions.letters.models import STANDING, TRANSITIONS, Letter, LetterState
from actions.letters.operations import write_letters
from actions.letters.queries import STANDING as STANDING_STATES
from actions.letters.queries import journal_of
from actions.pages.models import Page
from actions.targets.models import Target
from tests.factories.letters import make_letter, make_supporter, make_wish
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target


@pytest.fixture
def letter(app: Flask) -> Letter:
    make_organisation()
    make_list()
    target = make_target()
    return make_letter(make_page(targets=[target]), target, make_supporter())


def test_every_transition_is_a_row_that_says_who_and_why(letter: Letter) -> None:
    assert move(letter, LetterState.CANCELLED, by=WORKER, reason="the page has closed") is not None
    newest = journal_of(letter)[-1]
    assert (newest.before, newest.after) == (LetterState.READY, LetterState.CANCELLED)
    assert (newest.by, newest.reason) == ("worker", "the page has closed")
    assert letter.ended_at is not None


@pytest.mark.requirement("C-10")
def test_the_same_letter_twice_begins_once(letter: Letter) -> None:
    page, target = db.session.get_one(Page, letter.page_id), db.session.get_one(Target, letter.target_id)
    writer = make_supporter("bob@example.org")
    first, again, other = (
        write_letters([(target, make_wish(last_name=name))], page, writer, language="en", by=WORKER)
        or db.session.scalars(select(Letter).order_by(Letter.id.desc()).limit(1)).one()
        for name in ("Lee", "Lee", "Moe")
    )
    assert first is again
    assert other is not first
    assert [(row.before, row.after) for row in journal_of(first)] == [(None, LetterState.UNCONFIRMED)]
    assert len(journal_of(other)) == 1


def test_a_state_leads_only_where_the_map_says(letter: Letter) -> None:
    for state in set(LetterState) - TRANSITIONS[LetterState.READY]:
        assert move(letter, state, by=WORKER) is None
    assert letter.state is LetterState.READY


def test_whoever_comes_second_changes_nothing(letter: Letter) -> None:
    db.session.execute(
        update(Letter).values(state=LetterState.CANCELLED), execution_options={"synchronize_session": False}
    )
    assert move(letter, LetterState.RELEASED, by=WORKER) is None
    assert letter.state is LetterState.CANCELLED
    assert journal_of(letter)[-1].after is LetterState.READY


def test_what_is_forgotten_is_gone_from_the_row(letter: Letter) -> None:
    forget_words(letter)
    assert (letter.words_sealed, letter.first_name_sealed, letter.last_name_sealed, letter.content_hash) == (None,) * 4


def test_the_standing_letters_of_queries_are_those_of_the_index() -> None:
    assert {state.value for state in STANDING_STATES} == set(STANDING.split("'")[1::2])
