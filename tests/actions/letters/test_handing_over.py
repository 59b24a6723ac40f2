import pytest
from flask import Flask
from sqlalchemy import select

from actions import outbox
from actions.actors import OPERATOR, WORKER
from actions.extensions import db
from actions.letters import handing_over, stopping
from actions.letters.handing_over import BundleRefused
from actions.letters.models import BundleState, Letter, LetterEvent, LetterState
from actions.letters.operations import erase_of
from actions.pages.models import Page
from actions.staff.models import AuditEntry
from actions.targets.models import Target
from tests.factories.bundles import bound, brought, file_of, made_of, page_with_bundles, write
from tests.factories.letters import make_supporter

To = tuple[Page, Target]


@pytest.fixture
def to(app: Flask) -> To:
    return page_with_bundles()


def states() -> list[LetterState]:
    db.session.expire_all()
    return list(db.session.scalars(select(Letter.state).order_by(Letter.id)))


def noted() -> list[str]:
    return [entry.action for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_one_is_made_at_a_time_and_a_worker_is_nudged(to: To) -> None:
    write(*to, "Ann")
    outbox.clear()
    bundle = handing_over.begin(*to, by=OPERATOR)
    assert outbox.waiting() == [("workers.bundles.make", (bundle.id,), "bulk")]
    assert handing_over.begin(*to, by=OPERATOR) is bundle


def test_nothing_is_made_of_nothing_or_of_stopped_letters(to: To) -> None:
    with pytest.raises(BundleRefused, match="none"):
        handing_over.begin(*to, by=OPERATOR)
    write(*to, "Ann")
    stopping.stop(to[0], by=OPERATOR)
    with pytest.raises(BundleRefused, match="stopped"):
        handing_over.begin(*to, by=OPERATOR)


@pytest.mark.requirement("L-10")
def test_all_letters_of_a_bundle_are_sent_when_it_was_handed_over_once(to: To) -> None:
    write(*to, "Ann Bo")
    bundle = bound(*to)
    write(*to, "Cy")
    assert brought(bundle) == 2
    assert states() == [LetterState.SENT, LetterState.SENT, LetterState.READY]
    last = db.session.scalars(select(LetterEvent).order_by(LetterEvent.id.desc())).first()
    assert last is not None
    assert last.reason == handing_over.HANDED_OVER
    assert (bundle.place, bundle.handed_by, bundle.state) == ("Geneva", "Ruth Okoro", BundleState.HANDED_OVER)
    with pytest.raises(BundleRefused, match="handed over"):
        brought(bundle)
    assert not handing_over.void(bundle, by=OPERATOR)
    assert noted() == ["made a bundle of letters", "handed letters over"]


def test_a_file_that_was_made_anew_is_not_the_one_that_was_handed_over(to: To) -> None:
    write(*to, "Ann Bo")
    bundle = bound(*to)
    seen = bundle.digest
    erase_of(make_supporter("ann@example.org"), by=WORKER)
    db.session.commit()
    made_of(bundle)
    assert seen not in {None, bundle.digest}
    with pytest.raises(BundleRefused, match="made anew"):
        handing_over.hand_over(
            bundle,
            handing_over.Handed(bundle.created_at, "Geneva", "Ruth"),
            digest=seen or "",
            by=OPERATOR,
        )


def test_letters_of_one_that_is_given_up_wait_for_the_next(to: To) -> None:
    write(*to, "Ann Bo")
    bundle = bound(*to)
    assert handing_over.void(bundle, by=OPERATOR)
    assert not handing_over.void(bundle, by=OPERATOR)
    assert (states(), bundle.state, bundle.has_file) == ([LetterState.READY] * 2, BundleState.VOID, False)
    assert noted()[-1] == "gave up a bundle of letters"
    again = bound(*to)
    assert again.number == 2


@pytest.mark.requirement("L-17")
def test_who_is_erased_after_it_was_handed_over_is_in_no_file(to: To) -> None:
    write(*to, "Ann Bo")
    bundle = bound(*to)
    brought(bundle)
    assert b"%PDF" in file_of(bundle)
    erase_of(make_supporter("ann@example.org"), by=WORKER)
    assert not bundle.has_file
    assert states() == [LetterState.SENT, LetterState.SENT]


def test_who_takes_a_file_out_is_noted(to: To) -> None:
    write(*to, "Ann")
    handing_over.note_download(bound(*to), by=OPERATOR)
    assert noted()[-1] == "took out a bundle of letters"
