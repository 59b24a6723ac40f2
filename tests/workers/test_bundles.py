import pytest
from flask import Flask
from sqlalchemy.orm.session import Session as Db

from actions.actors import OPERATOR
from actions.letters import binding, handing_over, telling
from actions.letters.models import Bundle, BundleState
from actions.pages.models import Page
from actions.restores import operations as restores
from actions.targets.models import Target
from tests.factories.bundles import bound, brought, page_with_bundles, write
from workers.bundles import make, sweep, tell


@pytest.fixture
def bundle_id(app: Flask, session: Db) -> int:
    to = page_with_bundles()
    write(*to, "Ann")
    begun = handing_over.begin(*to, by=OPERATOR).id
    session.commit()
    return begun


def test_a_bundle_whose_nudge_was_lost_is_found_by_the_sweep(bundle_id: int, session: Db) -> None:
    sweep()
    assert session.get_one(Bundle, bundle_id, populate_existing=True).state is BundleState.MADE


def test_what_is_not_done_in_one_turn_is_nudged_again(bundle_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    monkeypatch.setattr(binding, "TURN_SECONDS", 0.0)
    monkeypatch.setattr("actions.outbox.send", lambda *given, lane: sent.append((*given, lane)))
    make(bundle_id)
    assert sent == [("workers.bundles.make", bundle_id, "bulk")]


@pytest.fixture
def brought_id(app: Flask, session: Db) -> int:
    to = page_with_bundles()
    write(*to, "Ann Bo")
    bundle = bound(*to)
    brought(bundle)
    return bundle.id


def page_of(session: Db, bundle_id: int) -> tuple[Page, Target]:
    bundle = session.get_one(Bundle, bundle_id)
    return session.get_one(Page, bundle.page_id), session.get_one(Target, bundle.target_id)


def told(session: Db, bundle_id: int) -> int:
    return session.get_one(Bundle, bundle_id, populate_existing=True).told


def test_writers_are_told_until_all_are(brought_id: int, session: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []
    monkeypatch.setattr("actions.outbox.send", lambda *given, lane: sent.append((*given, lane)))
    tell(brought_id)
    assert told(session, brought_id) == 2
    assert ("workers.bundles.tell", brought_id, "bulk") in sent
    sent.clear()
    tell(brought_id)
    assert (told(session, brought_id), sent, telling.under_way()) == (2, [], [])


def test_writers_whose_nudge_was_lost_are_told_by_the_sweep(brought_id: int, session: Db) -> None:
    sweep()
    assert told(session, brought_id) == 2


def test_a_bundle_that_fails_holds_up_no_other(brought_id: int, session: Db) -> None:
    session.get_one(Bundle, brought_id).handed_over_on = None
    to = page_of(session, brought_id)
    write(*to, "Cy")
    other = bound(*to)
    brought(other)
    sweep()
    assert [told(session, one) for one in (brought_id, other.id)] == [0, 1]


@pytest.mark.requirement("O-18")
def test_nobody_is_told_after_a_restore_until_somebody_has_looked(brought_id: int, session: Db) -> None:
    restores.note_restore(by=OPERATOR)
    session.commit()
    tell(brought_id)
    assert told(session, brought_id) == 0
    restores.go_on(by=OPERATOR)
    session.commit()
    tell(brought_id)
    assert told(session, brought_id) == 2
