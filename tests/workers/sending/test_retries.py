from datetime import UTC, datetime, timedelta

import pytest

from workers.sending.retries import next_try

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FIRST, LONGEST = timedelta(minutes=5), timedelta(hours=3)


def wait(attempts: int) -> timedelta:
    return next_try(attempts, NOW, first=FIRST, longest=LONGEST) - NOW


@pytest.mark.requirement("B-62")
def test_the_first_wait_is_minutes_and_the_last_is_hours() -> None:
    for _ in range(200):
        assert FIRST <= wait(1) <= timedelta(minutes=15)
        assert timedelta(minutes=10) <= wait(2) <= timedelta(minutes=15)
        assert timedelta(hours=2) <= wait(12) <= LONGEST
        assert wait(30_000) <= LONGEST


@pytest.mark.requirement("B-62")
def test_what_was_put_off_together_does_not_come_back_together() -> None:
    assert len({wait(1) for _ in range(50)}) > 40
