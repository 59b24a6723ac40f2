import pytest

from workers.sending.patience import BLOCK, Patience


@pytest.mark.requirement("B-61")
def test_nobody_waits_for_less_than_the_standard_asks() -> None:
    patience = Patience()
    assert (patience.command, patience.data, patience.block, patience.dot) >= (300, 120, 180, 600)


def test_a_long_text_has_time_for_each_of_its_blocks() -> None:
    patience = Patience(block=10)
    assert [patience.for_text(octets) for octets in (1, BLOCK, 10 * BLOCK)] == [10, 20, 110]
