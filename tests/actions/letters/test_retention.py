from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from actions import clock
from actions.actors import VISITOR, WORKER
from actions.extensions import db
from actions.letters.counting import count, counted
from actions.letters.models import BundlePart, Letter, LetterState
from actions.letters.posting import mark_posted, print_letter
from actions.letters.retention import scrub_ended
from actions.pages.models import Page
from actions.targets.models import Target
from tests.factories.bundles import bound, brought, page_with_bundles, write
from tests.factories.letters import make_letter, make_supporter, move_to


@pytest.mark.requirement("L-17")
def test_four_weeks_after_its_end_only_the_result_is_left(page: Page, target: Target) -> None:
    ended = move_to(make_letter(page, target, make_supporter(), own_share=40), LetterState.RELEASED, LetterState.SENT)
    waiting = make_letter(page, target, make_supporter("ben@example.org"))
    clock.clock.move(timedelta(days=27))
    assert scrub_ended(by=WORKER) == 0
    clock.clock.move(timedelta(days=2))
    assert (scrub_ended(by=WORKER), scrub_ended(by=WORKER)) == (1, 0)
    assert (ended.words, ended.first_name, ended.last_name, ended.content_hash) == (None, None, None, None)
    assert (ended.state, ended.target_id, ended.own_share) == (LetterState.SENT, target.id, 40)
    assert waiting.words is not None


@pytest.mark.requirement("L-17")
@pytest.mark.parametrize("end", [LetterState.SENT, LetterState.FAILED, LetterState.CANCELLED])
def test_words_go_28_days_after_whichever_end_and_the_counts_stay(page: Page, target: Target, end: LetterState) -> None:
    letter = move_to(make_letter(page, target, make_supporter(), own_share=40), LetterState.RELEASED, end)
    count()
    before = [(one.states, one.own_share) for one in counted()]
    clock.clock.move(timedelta(days=28) - timedelta(seconds=1))
    assert scrub_ended(by=WORKER) == 0
    assert letter.words is not None
    clock.clock.move(timedelta(seconds=2))
    assert scrub_ended(by=WORKER) == 1
    assert (letter.words, letter.first_name) == (None, None)
    count()
    assert [(one.states, one.own_share) for one in counted()] == before == [({end: 1}, 40)]


def test_printed_letters_that_nobody_posted_go_after_ninety_days(page: Page, target: Target) -> None:
    for _ in range(2):
        print_letter(page, target, country="DE", language="en", by=VISITOR)
    posted = db.session.scalars(select(Letter).limit(1)).one()
    mark_posted(posted, by=VISITOR)
    db.session.commit()
    clock.clock.move(timedelta(days=91))
    scrub_ended(by=WORKER)
    db.session.commit()
    left = db.session.scalars(select(Letter)).one()
    assert (left.state, left.posting_hash) == (LetterState.POSTED, None)


@pytest.mark.requirement("L-17")
def test_the_file_of_a_bundle_goes_four_weeks_after_it_was_handed_over(app: Flask) -> None:
    to = page_with_bundles()
    write(*to, "Ann")
    bundle = bound(*to)
    brought(bundle, receipt=b"a picture")
    clock.clock.move(timedelta(days=27))
    scrub_ended(by=WORKER)
    assert bundle.has_file
    clock.clock.move(timedelta(days=2))
    scrub_ended(by=WORKER)
    assert db.session.scalars(select(BundlePart)).all() == []
    db.session.refresh(bundle)
    assert (bundle.has_file, bundle.number, bundle.digest is None) == (False, 1, False)
    assert (bundle.handed_by, bundle.receipt is None) == ("Ruth Okoro", False)
    clock.clock.move(timedelta(days=731))
    scrub_ended(by=WORKER)
    db.session.refresh(bundle)
    assert (bundle.handed_by, bundle.receipt, bundle.place) == (None, None, "Geneva")
