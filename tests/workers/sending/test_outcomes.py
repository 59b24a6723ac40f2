import pytest

from workers.sending.outcomes import Deferred, Phase, RelayAway


def test_a_relay_that_is_away_says_in_which_phase() -> None:
    away = RelayAway(Phase.CONNECT, "refused")
    assert (away.phase, str(away)) == (Phase.CONNECT, "connect: refused")


@pytest.mark.parametrize(
    ("deferred", "about_relay"),
    [
        (Deferred(450, "4.2.0"), False),
        (Deferred(552, "5.2.2"), False),
        (Deferred(552, "5.3.4"), True),
        (Deferred(530, "5.7.0"), True),
        (Deferred(535, None), True),
    ],
)
def test_a_refusal_of_ourselves_or_of_the_size_is_about_the_relay(deferred: Deferred, *, about_relay: bool) -> None:
    assert deferred.is_about_relay is about_relay
