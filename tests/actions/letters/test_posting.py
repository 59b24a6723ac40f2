import pytest
from sqlalchemy import inspect, select, text

from actions.actors import VISITOR
from actions.extensions import db
from actions.letters import queries
from actions.letters.models import Letter, LetterState
from actions.letters.posting import mark_posted, mark_self_sent, print_letter, self_sent_token
from actions.pages.counting import tally
from actions.pages.models import Page
from actions.targets.models import Target
from actions.tokens import InvalidToken
from tests.factories.pages import make_page


def test_a_printed_letter_is_a_row_without_person_or_words(page: Page, target: Target) -> None:
    token = print_letter(page, target, country="DE", language="en", by=VISITOR)
    letter = queries.by_posting_token(token)
    assert letter is not None
    assert (letter.state, letter.country) == (LetterState.PRINTED, "DE")
    kept = {column.key for column in inspect(Letter).columns if getattr(letter, column.key) not in (None, [], False)}
    assert kept == {
        *("id", "page_id", "target_id", "state", "page_version", "language", "country", "name_shown"),
        *("posting_hash", "created_at"),
    }


def test_its_token_stands_nowhere_in_the_database(page: Page, target: Target) -> None:
    token = print_letter(page, target, country="DE", language="en", by=VISITOR)
    secret = token.split(".")[0]
    row = db.session.scalars(text("SELECT letters::text FROM letters")).one()
    assert secret not in row
    assert secret.encode().hex() not in row


def test_i_posted_it_counts_once_and_apart(page: Page, target: Target) -> None:
    letter = queries.by_posting_token(print_letter(page, target, country="DE", language="en", by=VISITOR))
    assert letter is not None
    assert mark_posted(letter, by=VISITOR)
    assert not mark_posted(letter, by=VISITOR)
    for acts in queries.ACTS:
        tally(acts)
    db.session.refresh(page)
    assert (page.letter_count, page.posted_count) == (0, 1)


def test_a_token_that_we_did_not_make_posts_nothing(page: Page) -> None:
    with pytest.raises(InvalidToken):
        queries.by_posting_token("made.up")


def test_i_sent_it_counts_once_and_apart_and_keeps_neither_person_nor_words(page: Page, target: Target) -> None:
    token = self_sent_token(page, target, country="DE", language="en")
    assert db.session.scalars(select(Letter)).all() == [], "nothing before its writer says so"
    assert mark_self_sent(page, token, by=VISITOR)
    assert not mark_self_sent(page, token, by=VISITOR)
    letter = db.session.scalars(select(Letter)).one()
    assert (letter.state, letter.target_id, letter.country) == (LetterState.SELF_SENT, target.id, "DE")
    kept = {column.key for column in inspect(Letter).columns if getattr(letter, column.key) not in (None, [], False)}
    assert kept == {
        *("id", "page_id", "target_id", "state", "page_version", "language", "country", "name_shown"),
        *("posting_hash", "created_at", "confirmed_at", "ended_at"),
    }
    for acts in queries.ACTS:
        tally(acts)
    db.session.refresh(page)
    assert (page.letter_count, page.posted_count, page.self_sent_count, page.all_letters) == (0, 0, 1, 1)


def test_what_was_sent_from_another_page_or_is_made_up_counts_nothing(page: Page, target: Target) -> None:
    other = make_page("other", targets=[target])
    for token in (self_sent_token(other, target, country="", language="en"), "made.up"):
        with pytest.raises(InvalidToken):
            mark_self_sent(page, token, by=VISITOR)
