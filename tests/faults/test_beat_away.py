"""Beat holds no truth: nudges go without it, and what was put off goes once it is back."""

from datetime import timedelta

import pytest

from tests.factories.house import House, until

STATE = "SELECT state FROM deliveries ORDER BY id DESC LIMIT 1"


@pytest.mark.requirement("O-12")
def test_nudges_go_without_beat_and_what_was_put_off_goes_once_it_is_back(house: House) -> None:
    quick, late = house.person("beat-quick"), house.person("beat-late")
    quick.sign()
    waited = until(quick.has_mail, f"a nudge needs no beat\n{house.said()}", seconds=10)
    print(f"by a nudge alone: {waited:.1f} s")

    house.catcher.rules.data = "451 4.3.0 Try again later"
    late.sign()
    until(lambda: house.rows(STATE) == [("deferred",)], f"the relay's no is noted\n{house.said()}")
    house.catcher.rules.data = None
    house.pass_time(timedelta(minutes=10))
    quick.submit(quick.open("/join"), "/join", email="beat-other@people.test")
    until(lambda: "beat-other@people.test" in house.reached(), "others are not held up")
    assert not late.has_mail()

    house.start("beat")
    waited = until(late.has_mail, f"beat finds what was put off\n{house.said()}")
    print(f"once beat was back: {waited:.1f} s")
