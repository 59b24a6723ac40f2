from workers.sending.outcomes import Phase, RelayAway


def test_a_relay_that_is_away_says_in_which_phase() -> None:
    away = RelayAway(Phase.CONNECT, "refused")
    assert (away.phase, str(away)) == (Phase.CONNECT, "connect: refused")
