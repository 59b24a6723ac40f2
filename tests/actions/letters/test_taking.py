from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from actions import clock
from actions.actors import OPERATOR, WORKER
from actions.extensions import db
from actions.letters import binding, handing_over, queries, releasing, stopping, taking
from actions.letters.handing_over import BundleRefused
from actions.letters.models import Bundle, BundleState, Letter, LetterState
from actions.pages.models import Page, PageState
from actions.targets.models import DeliveryMode, Target, WaitsWhy
from actions.targets.waiting import let_go_on, let_wait
from actions.transaction import transaction
from tests.factories.bundles import bound, brought, page_with_bundles, write
from tests.factories.pages import make_page

To = tuple[Page, Target]
HOUR = timedelta(hours=1)


@pytest.fixture
def to(app: Flask) -> To:
    return page_with_bundles()


def states() -> list[LetterState]:
    db.session.expire_all()
    return list(db.session.scalars(select(Letter.state).order_by(Letter.id)))


def test_only_letters_whose_wait_is_over_wait_for_a_bundle(to: To) -> None:
    first, _ = write(*to, "Ann Bo")
    assert taking.waiting(to[0].id, to[1].id) == 2
    first.release_at = None
    db.session.flush()
    assert taking.waiting(to[0].id, to[1].id) == 1


@pytest.mark.requirement("L-09", "L-10")
def test_a_bundle_takes_those_that_waited_longest_as_many_as_the_office_takes_in_all(to: To) -> None:
    page, target = to
    target.max_in_total = 3
    ann, bo, cy, di = write(page, target, "Ann Bo Cy Di")
    ann.release_at, cy.release_at = clock.now() - HOUR, clock.now() - 2 * HOUR
    first = bound(page, target)
    assert first.number == 3
    assert [letter.state for letter in (ann, bo, cy, di)] == [LetterState.RELEASED] * 3 + [LetterState.READY]
    assert (queries.left_to(target), taking.hindrance(page, target)) == (0, "full")
    with pytest.raises(BundleRefused, match="full"):
        handing_over.begin(page, target, by=OPERATOR)
    # Given up, its letters come first again.
    target.max_in_total = 1
    handing_over.void(first, by=OPERATOR)
    bound(page, target)
    assert states() == [LetterState.READY] * 2 + [LetterState.RELEASED, LetterState.READY]


@pytest.mark.requirement("L-09")
def test_what_went_in_bundles_and_by_email_counts_together(to: To) -> None:
    page, target = to
    write(page, target, "Ann Bo")
    brought(bound(page, target))
    write(page, target, "Cy Di")
    target.delivery, target.email, target.max_in_total = DeliveryMode.EMAIL, "office@example.org", 3
    assert releasing.release_due(by=WORKER) == 1
    assert queries.left_to(target) == 0


@pytest.mark.requirement("L-09")
def test_two_bundles_at_once_take_no_more_than_the_office_does(to: To, app: Flask) -> None:
    page, target = to
    target.max_in_total = 5
    other = make_page("other", targets=[target])
    write(page, target, "Ann Bo Cy Di")
    write(other, target, "Eva Fay Gus Ham")
    bundles = [handing_over.begin(here, target, by=OPERATOR).id for here in (page, other)]
    db.session.commit()

    def take(bundle_id: int) -> None:
        with app.app_context(), transaction():
            binding.step(bundle_id, by=WORKER)

    with ThreadPoolExecutor(2) as both:
        list(both.map(take, bundles))
    assert states().count(LetterState.RELEASED) == 5


@pytest.mark.parametrize("why", ["stopped", "paused", "waits", "unverified", "full"])
def test_nothing_is_begun_or_taken_while_something_is_in_the_way(to: To, app: Flask, why: str) -> None:
    page, target = to
    write(page, target, "Ann Bo")
    begun = handing_over.begin(page, target, by=OPERATOR)
    db.session.commit()
    if why == "stopped":
        stopping.stop(page, by=OPERATOR)
    elif why == "paused":
        page.state = PageState.PAUSED
    elif why == "waits":
        let_wait(target, WaitsWhy.ASKED, by=OPERATOR)
    elif why == "unverified":
        target.verified_at = None
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"target_second_person": True})
    else:
        # Nobody may set it to zero; it is full where more went before it was set.
        target.max_in_total = 0
    db.session.commit()
    # Begun a moment before: it comes to nothing, and nobody's letter is in it.
    while binding.step(begun.id, by=WORKER):
        db.session.commit()
    db.session.commit()
    assert (begun.state, states()) == (BundleState.VOID, [LetterState.READY] * 2)
    with pytest.raises(BundleRefused, match=why):
        handing_over.begin(page, target, by=OPERATOR)


def test_paper_knows_no_hours_and_goes_on_with_the_office(to: To) -> None:
    page, target = to
    write(page, target, "Ann")
    target.open_days = [("mon", "tue", "wed", "thu", "fri", "sat", "sun")[(clock.now().weekday() + 2) % 7]]
    let_wait(target, WaitsWhy.ASKED, by=OPERATOR)
    assert taking.hindrance(page, target) == "waits"
    let_go_on(target, by=OPERATOR)
    assert taking.hindrance(page, target) == ""
    assert bound(page, target).number == 1


def test_no_bundle_is_made_for_an_office_that_takes_none(to: To) -> None:
    page, target = to
    write(page, target, "Ann")
    target.delivery, target.email = DeliveryMode.EMAIL, "office@example.org"
    with pytest.raises(BundleRefused, match="none"):
        handing_over.begin(page, target, by=OPERATOR)
    assert db.session.scalars(select(Bundle)).all() == []


def test_a_bundle_takes_no_letter_while_the_words_of_its_page_are_being_changed(to: To) -> None:
    """Whoever publishes news looks for bundles with letters under the old words, and would not see this one."""
    write(*to, "Ann")
    bundle = handing_over.begin(*to, by=OPERATOR)
    db.session.commit()
    with db.engine.connect() as another:
        another.execute(select(Page.id).where(Page.id == bundle.page_id).with_for_update())
        another.execute(update(Page).values(version=2))
        db.session.execute(text("SET LOCAL lock_timeout = '200ms'"))
        with pytest.raises(OperationalError):
            binding.step(bundle.id, by=WORKER)
        db.session.rollback()
    assert states() == [LetterState.READY]
    assert binding.step(bundle.id, by=WORKER)
    assert states() == [LetterState.RELEASED]
