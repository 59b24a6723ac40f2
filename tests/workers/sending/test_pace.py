import time

import pytest

from workers.sending.pace import Pace


@pytest.mark.requirement("O-14")
def test_a_window_grows_to_what_fits_a_second_and_shrinks_with_a_slow_relay() -> None:
    pace = Pace(128)
    assert pace.size == 16
    for size in (32, 64, 128, 128):
        pace.learn(pace.size, 0.01)
        assert pace.size == size
    pace.learn(10, 5.0)
    assert pace.size == 2
    pace.learn(0, 1.0)
    assert pace.size == 1


def test_it_learns_from_a_full_window_of_answers() -> None:
    pace = Pace(128)
    pace.answered(15)
    assert pace.size == 16
    pace.answered(1)
    assert pace.size == 32


def test_a_rest_teaches_nothing() -> None:
    pace = Pace(128)
    time.sleep(1.1)
    pace.rest()
    pace.answered(1)
    assert pace.size == 16


def test_a_window_of_one_stays_one() -> None:
    pace = Pace(1)
    pace.answered(1)
    assert pace.size == 1
