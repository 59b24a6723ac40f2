import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from actions import rate_limits
from actions.config import Settings
from actions.extensions import redis

NONE = timedelta()
WAIT = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def rested() -> Iterator[None]:
    rate_limits.rest.until = 0.0
    yield
    rate_limits.rest.until = 0.0


@pytest.fixture
def limited(app: Flask, settings: Settings) -> Flask:
    app.config["SETTINGS"] = settings.model_copy(update={"network_burst": 3, "network_sustained": 5})
    return app


def delay(app: Flask, address: str) -> timedelta:
    with app.test_request_context("/join", environ_base={"REMOTE_ADDR": address}):
        return rate_limits.network_delay()


@pytest.mark.requirement("C-12")
def test_a_network_over_its_limit_waits_and_no_other_does(limited: Flask) -> None:
    assert [delay(limited, "198.51.100.7") for _ in range(4)] == [NONE, NONE, NONE, WAIT]
    # A neighbour in the same /24 shares it.
    assert delay(limited, "198.51.100.200") == WAIT
    assert delay(limited, "198.51.101.7") == NONE


@pytest.mark.requirement("C-12")
@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("2001:db8:1:10::1", "2001:db8:1:11:ffff::2", "2001:db8:1:200::1"),
        ("::ffff:198.51.100.7", "::ffff:198.51.100.8", "::ffff:203.0.113.9"),
    ],
    ids=["IPv6 /56", "IPv4 in IPv6"],
)
def test_a_network_is_what_one_household_has(limited: Flask, one: str, same: str, other: str) -> None:
    assert [delay(limited, one) for _ in range(3)] == [NONE, NONE, NONE]
    assert delay(limited, same) == WAIT
    assert delay(limited, other) == NONE


@pytest.mark.requirement("P-04")
def test_redis_holds_no_address_and_forgets_within_the_window(limited: Flask) -> None:
    delay(limited, "198.51.100.7")
    keys = [key.decode() for key in redis.client.scan_iter("network:*")]
    assert len(keys) == 2
    for key in keys:
        assert "198.51" not in key
        assert 0 < redis.client.ttl(key) <= 300


@pytest.mark.requirement("P-04")
def test_what_stood_for_a_network_yesterday_does_not_today(limited: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    delay(limited, "198.51.100.7")
    tomorrow = time.time() + 86400
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    delay(limited, "198.51.100.7")
    assert len({key.decode().rpartition(":")[2] for key in redis.client.scan_iter("network:*")}) == 2


def test_an_unknown_network_is_counted_as_one(limited: Flask) -> None:
    with limited.test_request_context("/join", environ_base={"REMOTE_ADDR": ""}):
        assert rate_limits.network_delay() == NONE


def test_without_redis_nobody_waits_and_a_page_pays_once(app: Flask) -> None:
    redis.bind("redis://127.0.0.1:1")
    started = time.monotonic()
    assert [delay(app, "198.51.100.7") for _ in range(200)] == [NONE] * 200
    assert time.monotonic() - started < 1.0
