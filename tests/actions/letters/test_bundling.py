from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from actions import outbox
from actions.actors import OPERATOR, WORKER
from actions.extensions import db
from actions.letters import bundling, handing_over
from actions.letters.models import Bundle, BundlePart, BundleState, Letter, LetterState
from actions.letters.operations import undo
from actions.pages.models import Page
from actions.targets.models import Target
from actions.transaction import transaction
from tests.factories.bundles import bound, brought, page_with_bundles, write

To = tuple[Page, Target]


@pytest.fixture
def to(app: Flask) -> To:
    return page_with_bundles()


def parts() -> int:
    return db.session.scalar(select(func.count()).select_from(BundlePart)) or 0


def test_a_bundle_is_made_anew_only_before_it_is_handed_over(to: To) -> None:
    write(*to, "Ann")
    bundle = bound(*to)
    outbox.clear()
    bundling.make_anew(bundle.id, by=WORKER)
    assert (bundle.state, bundle.version, bundle.done, parts()) == (BundleState.MAKING, 2, 0, 0)
    assert outbox.waiting() == [("workers.bundles.make", (bundle.id,), "bulk")]
    bundling.let_go(bundling.lock(bundle.id), by=WORKER)
    bundling.make_anew(bundle.id, by=WORKER)
    assert bundle.state is BundleState.VOID


def test_files_of_bundles_under_way_are_not_forgotten_for_one_letter(to: To) -> None:
    write(*to, "Ann")
    bundle = bound(*to)
    bundling.forget_letter(bundle.id, by=WORKER)
    assert bundle.has_file
    brought(bundle)
    bundling.forget_letter(bundle.id, by=WORKER)
    assert (bundle.has_file, parts()) == (False, 0)


def test_bundles_are_listed_by_page_and_target_the_newest_first(to: To) -> None:
    write(*to, "Ann")
    first = bound(*to)
    write(*to, "Bo")
    second = bound(*to)
    assert bundling.bundles_of() == bundling.bundles_of(to[0].id, to[1].id) == [second, first]
    assert bundling.bundles_of(to[0].id + 1) == bundling.bundles_of(None, to[1].id + 1) == []


def test_whoever_takes_a_letter_back_and_whoever_hands_it_over_wait_for_each_other(to: To, app: Flask) -> None:
    letters = [letter.id for letter in write(*to, "Ann Bo Cy Di")]
    bundle = bound(*to)
    bundle_id, digest = bundle.id, bundle.digest or ""

    def take_back(letter_id: int) -> bool:
        with app.app_context(), transaction():
            return undo(db.session.get_one(Letter, letter_id), by=WORKER)

    def hand_over() -> bool:
        with app.app_context():
            handed = handing_over.Handed(bundle.created_at, "Geneva", "Ruth")
            try:
                with transaction():
                    handing_over.hand_over(db.session.get_one(Bundle, bundle_id), handed, digest=digest, by=OPERATOR)
            except handing_over.BundleRefused:
                return False
            return True

    db.session.rollback()
    with ThreadPoolExecutor(4) as pool:
        done = pool.submit(hand_over)
        taken = list(pool.map(take_back, letters[:3]))
    db.session.expire_all()
    states = list(db.session.scalars(select(Letter.state).order_by(Letter.id)))
    # Either nobody was quick enough, or it was refused.
    assert done.result() is not any(taken)
    expected = [LetterState.CANCELLED if one else LetterState.RELEASED for one in [*taken, False]]
    assert states == ([LetterState.SENT] * 4 if done.result() else expected)
