"""A relay that is away for a day costs a day and nobody's mail."""

import time
from datetime import timedelta
from functools import partial

import pytest

from devserver.journeys import HISTORICAL
from tests.factories.house import House

OPEN = "SELECT state, count(*) FROM deliveries WHERE ended_at IS NULL GROUP BY state"
TRIED = "SELECT min(attempts) FROM deliveries WHERE ended_at IS NULL HAVING every(state = 'deferred')"
LOST = "SELECT count(*) FROM deliveries WHERE state IN ('failed', 'unknown', 'suppressed', 'cancelled')"
BULK = 12
# Of a day and an hour: at first nobody is there, then somebody who takes nothing in.
HOURS_GONE = (0, 1, 5)
HOURS_REFUSING = (1, 6, 12)


@pytest.mark.requirement("O-15", "O-21")
def test_away_for_a_day_defers_everything_and_then_delivers_everything(house: House) -> None:
    signer = house.person("day-signer")
    page = signer.open(f"/a/{HISTORICAL}")
    lost = house.rows(LOST)
    house.catcher.stop()
    began = time.monotonic()
    signer.sign(page).must_say("Check your email")
    print(f"without a relay the form was answered in {time.monotonic() - began:.3f} s")
    house.send_mailing("day", BULK)
    for hours in HOURS_GONE:
        house.pass_time(timedelta(hours=hours))
        house.await_words("worker", "the relay is away")
    # Some were reserved for a connection that never came about; they are given back.
    house.sweep_until(lambda: house.rows(OPEN) == [("queued", BULK + 1)], "all wait for the relay")

    house.catcher.rules.data = "451 4.3.0 Try again later"
    house.catcher.start()
    for tries, hours in enumerate(HOURS_REFUSING, start=1):
        house.pass_time(timedelta(hours=hours))
        house.sweep_until(partial(have_been_tried, house, tries), f"try {tries}")
    assert house.rows(OPEN) == [("deferred", BULK + 1)]
    assert house.rows(LOST) == lost
    assert house.catcher.received == []

    house.catcher.rules.data = None
    house.pass_time(timedelta(hours=3))
    house.sweep_until(lambda: house.rows(OPEN) == [], "everything that waited has gone")
    assert house.rows(LOST) == lost
    assert len(house.reached_of("day")) == BULK
    signer.confirm().must_say("Your name counts")


def have_been_tried(house: House, times: int) -> bool:
    """And answered: what is still on its way is put off from the moment of its answer."""
    return house.rows(TRIED) >= [(times,)]
