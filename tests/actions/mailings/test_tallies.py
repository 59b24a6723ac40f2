from datetime import timedelta

import pytest
from flask import Flask

from actions import clock
from actions.deliveries.models import DeliveryState
from actions.extensions import db
from actions.mailings import tallies
from actions.mailings.models import Mailing
from actions.mailings.tallies import By
from tests.factories.deliveries import make_delivery, make_mailing
from tests.factories.supporters import make_supporter

S = DeliveryState
NOW = clock.now()
ROWS = (
    ("ada@large.example", "DE", "en", S.SENT, NOW),
    ("ben@large.example", "DE", "ar", S.SENT, NOW - timedelta(hours=2)),
    ("cleo@mail.large.example", "KH", "en", S.FAILED, NOW),
    ("dora@small.example", None, "en", S.DEFERRED, None),
    ("eve@other.example", "KH", "en", S.SUPPRESSED, NOW),
    ("fay@other.example", "KH", "en", S.UNKNOWN, None),
)


@pytest.fixture
def mailing(app: Flask) -> Mailing:
    made = make_mailing()
    for address, country, language, state, ended_at in ROWS:
        reader = make_supporter(address, country=country)
        refused = state in tallies.TROUBLED
        make_delivery(
            reader,
            mailing_id=made.id,
            language=language,
            state=state,
            queued_at=NOW - timedelta(hours=3),
            ended_at=ended_at,
            reply_code=450 if refused else 250,
            reply_status="4.2.0" if state is S.DEFERRED else None,
        )
    db.session.commit()
    return made


def test_states_and_what_is_still_open_add_up(mailing: Mailing) -> None:
    tally = tallies.count(mailing)
    assert tally.states == {S.SENT: 2, S.FAILED: 1, S.DEFERRED: 1, S.SUPPRESSED: 1, S.UNKNOWN: 1}
    assert tally.still_open == {S.DEFERRED: 1, S.UNKNOWN: 1}
    assert (tally.rows, tally.under_way, tally.put_off_by) == (6, 2, "4.2.0")
    assert tally.next_due is not None
    assert tally.counted_at is None


def test_each_view_has_accepted_refused_left_out_and_open(mailing: Mailing) -> None:
    lines = tallies.count(mailing).lines
    assert lines[By.COUNTRY] == {"DE": [2, 0, 0, 0], "KH": [0, 1, 1, 1], "unknown": [0, 0, 0, 1]}
    assert lines[By.LANGUAGE] == {"en": [1, 1, 1, 2], "ar": [1, 0, 0, 0]}
    assert lines[By.HOUR][f"{NOW - timedelta(hours=2):%Y-%m-%d %H:00}"] == [1, 0, 0, 0]
    assert lines[By.HOUR][f"{NOW - timedelta(hours=3):%Y-%m-%d %H:00}"] == [0, 0, 0, 2]


def test_sites_that_put_off_come_first_and_no_domain_is_named(mailing: Mailing) -> None:
    sites = tallies.count(mailing).sites
    assert [(site.rows, site.sent, site.put_off, site.failed) for site in sites] == [
        (1, 0, 1, 0),
        (3, 2, 0, 1),
        (2, 0, 0, 0),
    ]
    assert {len(site.label) for site in sites} == {8}
    assert "example" not in repr(sites)


def test_reasons_are_of_what_was_refused_or_put_off(mailing: Mailing) -> None:
    assert tallies.count(mailing).reasons == [
        (S.DEFERRED, "4.2.0", 1),
        (S.FAILED, "450", 1),
        (S.UNKNOWN, "450", 1),
    ]


def test_what_is_kept_says_the_same_and_what_was_kept_before_still_can_be_read(mailing: Mailing) -> None:
    tally = tallies.count(mailing)
    assert tallies.from_json(tallies.as_json(tally)) == tally
    before = {"states": {"sent": 3}, "lines": {}, "sites": [], "reasons": [["failed", "5.1.1", 2]]}
    assert tallies.from_json(before).states == {S.SENT: 3}


def test_a_large_one_adds_up_the_same(mailing: Mailing) -> None:
    small = tallies.count(mailing)
    mailing.audience = tallies.LARGE + 1
    assert tallies.count(mailing) == small
