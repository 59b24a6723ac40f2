import pytest
from flask import Flask
from sqlalchemy.orm.session import Session as Db

from actions.actors import OPERATOR
from actions.letters import binding, handing_over
from actions.letters.models import Bundle, BundleState
from tests.factories.bundles import page_with_bundles, write
from workers.bundles import make, sweep


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
