from datetime import timedelta

import pytest
from flask import Flask

from actions.actors import WORKER
from actions.clock import clock
from actions.deliveries import relays

RELAY = "mail.example.org:587"


def note(trouble: str = "login", reason: str = "535 no") -> None:
    relays.note_trouble(RELAY, trouble, "auth", reason, by=WORKER)


@pytest.mark.requirement("O-15")
def test_the_same_trouble_again_is_one_trouble(app: Flask) -> None:
    note()
    since = clock.now()
    clock.move(timedelta(hours=2))
    note()
    (one,) = relays.troubles()
    assert one.times == 2
    assert abs(one.since - since) < timedelta(seconds=5)
    assert f"(since {since:%H:%M} UTC on {since:%d %B}, seen 2 times)" in relays.sentence(one)


def test_another_trouble_begins_anew(app: Flask) -> None:
    note()
    note("certificate", "its certificate has expired")
    (one,) = relays.troubles()
    assert (one.times, one.trouble) == (1, "certificate")
    assert "It said: its certificate has expired. Have it renewed" in relays.sentence(one)


def test_it_ends_and_may_begin_again(app: Flask) -> None:
    relays.end_trouble(RELAY, by=WORKER)
    note()
    relays.end_trouble(RELAY, by=WORKER)
    assert relays.troubles() == []
    note()
    assert relays.troubles()[0].times == 1


@pytest.mark.requirement("P-10")
def test_no_address_and_no_control_character_is_kept(app: Flask) -> None:
    note(reason="550 <ada@example.org>: no\x1b[2J" + "x" * 1000)
    reason = relays.troubles()[0].reason
    assert "@" not in reason
    assert reason.isprintable()
    assert len(reason) <= 300


def test_a_trouble_without_advice_is_said_all_the_same(app: Flask) -> None:
    note("new kind", "")
    assert relays.sentence(relays.troubles()[0]).endswith("Its log says more.")
