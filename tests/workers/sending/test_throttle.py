import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from devserver.valkey import Valkey
from tests.conftest import settings_for
from workers.sending.buckets import Slowing
from workers.sending.outcomes import Deferred, Failed, NotDelivered, Phase, Sent, Unknown
from workers.sending.relay import parse_relay
from workers.sending.throttle import HOLD_SECONDS, LONGEST_WAIT, REST_AFTER_FAILURE, Limits, Throttle

SITE, OTHER = b"a" * 32, b"b" * 32
OK, BUSY, POLICY = Sent(250, "2.0.0"), Deferred(421, "4.4.2"), Deferred(451, "4.7.1")


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    client = Redis.from_url(redis_url)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


def limits(**changes: Any) -> Limits:
    values: dict[str, Any] = {"space": "relay", "slowing": Slowing(lowest=2.0, raise_after=0.2)}
    return Limits(**(values | changes))


def calls(redis: Redis) -> int:
    return int(redis.info("stats")["total_commands_processed"])  # type: ignore[index]  # a synchronous client


def sent_within(throttle: Throttle, seconds: float, sites: list[bytes | None]) -> int:
    started, sent = time.monotonic(), 0
    while time.monotonic() - started < seconds:
        sent += throttle.grant(sites).count(0.0)
        time.sleep(0.01)
    return sent


@pytest.mark.requirement("B-64")
def test_without_a_limit_and_without_trouble_redis_is_not_asked(redis: Redis) -> None:
    throttle = Throttle(redis, limits())
    assert throttle.grant([SITE] * 100) == [0.0] * 100
    before = calls(redis)
    for _ in range(200):
        assert throttle.grant([SITE, None] * 50) == [0.0] * 100
        throttle.note(SITE, OK)
    assert calls(redis) - before < 25, "a look or two and the count itself"


@pytest.mark.requirement("B-64")
def test_the_rate_of_the_relay_holds_and_nobody_is_put_back_for_it(redis: Redis) -> None:
    throttle = Throttle(redis, limits(rate=100.0))
    waits = throttle.grant([None] * 200)
    assert waits.count(0.0) == 50
    assert 0 < max(waits) < HOLD_SECONDS
    assert 30 <= sent_within(throttle, 0.5, [SITE] * 10) <= 55


@pytest.mark.requirement("B-64")
def test_tokens_are_taken_in_chunks(redis: Redis) -> None:
    throttle = Throttle(redis, limits(rate=10_000.0))
    throttle.grant([None])
    before = calls(redis)
    for _ in range(1000):
        assert throttle.grant([None]) == [0.0]
    assert calls(redis) - before < 60


@pytest.mark.requirement("B-64")
@pytest.mark.parametrize("answer", [BUSY, POLICY])
def test_a_site_that_complains_is_slowed_at_once_and_no_other(redis: Redis, answer: Deferred) -> None:
    throttle = Throttle(redis, limits())
    for _ in range(40):
        throttle.note(SITE, OK)
    throttle.note(SITE, answer)
    waits = throttle.grant([SITE, OTHER] * 20)
    assert all(waits[0::2])
    assert not any(waits[1::2])


@pytest.mark.parametrize(
    "answer", [OK, Failed(550, "5.1.1"), Deferred(452, "4.2.2"), NotDelivered(Phase.DATA), Unknown()]
)
def test_what_is_no_complaint_slows_nothing(redis: Redis, answer: Any) -> None:
    throttle = Throttle(redis, limits())
    throttle.note(SITE, answer)
    assert not throttle.slowed


@pytest.mark.requirement("B-64")
def test_other_processes_see_what_one_has_slowed(redis: Redis) -> None:
    one, other = Throttle(redis, limits()), Throttle(redis, limits())
    assert other.grant([SITE]) == [0.0]
    one.note(SITE, BUSY)
    time.sleep(1.1)
    other.grant([SITE] * 3)
    assert other.grant([SITE] * 3)[-1] > 0


@pytest.mark.requirement("B-64")
def test_a_slowed_site_gets_faster_while_its_messages_go_through(redis: Redis) -> None:
    throttle = Throttle(redis, limits(slowing=Slowing(lowest=2.0, raise_after=0.1)))
    throttle.note(SITE, BUSY)
    deadline = time.monotonic() + 10
    while throttle.slowed and time.monotonic() < deadline:
        if throttle.grant([SITE]) == [0.0]:
            throttle.note(SITE, OK)
        time.sleep(0.05)
    assert not throttle.slowed
    assert throttle.grant([SITE] * 500) == [0.0] * 500


def test_those_who_wait_long_are_put_back_one_after_the_other(redis: Redis) -> None:
    throttle = Throttle(redis, limits())
    throttle.note(SITE, BUSY)
    first, second = throttle.grant([SITE] * 10), throttle.grant([SITE] * 10)
    far = [wait for wait in first + second if wait >= HOLD_SECONDS]
    assert far == sorted(far)
    assert len(set(far)) == len(far)
    assert max(throttle.grant([SITE] * 5000)) <= LONGEST_WAIT


def test_when_many_sites_complain_it_is_the_relay(redis: Redis) -> None:
    throttle = Throttle(redis, limits())
    for number in range(6):
        throttle.note(bytes([number]) * 32, BUSY)
    assert "relay" in throttle.slowed
    assert all(throttle.grant([OTHER] * 3))


@pytest.mark.requirement("B-64")
def test_a_limit_for_every_site_is_kept_for_each(redis: Redis) -> None:
    throttle = Throttle(redis, limits(site_rate=20.0))
    waits = throttle.grant([SITE, OTHER, None] * 30)
    assert [waits[place::3].count(0.0) for place in range(3)] == [10, 10, 30]


def test_what_the_relay_holds_back_costs_a_site_nothing(redis: Redis) -> None:
    throttle = Throttle(redis, limits(rate=10.0, site_rate=1000.0))
    assert throttle.grant([SITE] * 50).count(0.0) == 5
    assert 0 < max(throttle.grant([SITE] * 50)) < HOLD_SECONDS


@pytest.mark.requirement("B-64")
def test_a_clock_that_jumps_changes_nothing(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    throttle = Throttle(redis, limits(rate=100.0))
    throttle.grant([None] * 100)
    real = time.time
    for jump in (1e8, -1e8):
        monkeypatch.setattr(time, "time", lambda jump=jump: real() + jump)
        assert 15 <= sent_within(throttle, 0.3, [None] * 10) <= 40


PROCESS = """
import sys, time
from redis import Redis
from workers.sending.throttle import Limits, Throttle
throttle = Throttle(Redis.from_url(sys.argv[1]), Limits(space="relay", rate=200.0))
print(flush=True)
sys.stdin.readline()
end, sent = time.monotonic() + 2.0, 0
while time.monotonic() < end:
    sent += throttle.grant([None] * 20).count(0.0)
    time.sleep(0.01)
print(sent, throttle.connections())
"""


@pytest.mark.requirement("B-64")
def test_two_processes_keep_to_one_rate_and_one_number_of_connections(redis: Redis, redis_url: str) -> None:
    program = [sys.executable, "-c", PROCESS, redis_url]
    both = [subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        assert process.stdout is not None
        process.stdout.readline()
    said = []
    began = time.monotonic()
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in both:
        said.append([int(word) for word in process.communicate(timeout=30)[0].split()])
        assert process.returncode == 0
    sent = [number for number, _ in said]
    assert 300 <= sum(sent) <= 200 * (time.monotonic() - began) + 100 + 10
    assert min(sent) > 50
    assert sum(connections for _, connections in said) <= 10


@pytest.mark.requirement("B-64")
def test_without_redis_a_process_goes_on_with_its_share_and_comes_back(tmp_path: Path) -> None:
    with Valkey(tmp_path) as server:
        throttle, beside = (Throttle(Redis.from_url(server.url()), limits(rate=100.0)) for _ in range(2))
        beside.grant([None])
        throttle.grant([None] * 100)
        time.sleep(1.1)
        throttle.grant([None] * 100)
        beside.grant([None])
        time.sleep(1.1)
        throttle.grant([None] * 100)
        throttle.note(SITE, BUSY)
        server.kill()
        assert 25 <= sent_within(throttle, 1.0, [OTHER] * 10) <= 80, "half of it, and what was held"
        throttle.note(OTHER, BUSY)
        throttle.note(SITE, OK)
        assert len(throttle.slowed) == 2
        assert throttle.connections() == 5
        server.start()
        time.sleep(REST_AFTER_FAILURE)
        assert sent_within(throttle, 1.5, [OTHER] * 10) > 50
        assert not throttle.slowed, "what an empty Redis does not know is free until it complains"
        throttle.close()


def test_a_redis_that_is_not_there_slows_nothing(tmp_path: Path) -> None:
    throttle = Throttle(Redis.from_url(f"unix://{tmp_path}/nothing"), limits())
    started = time.monotonic()
    for _ in range(100):
        assert throttle.grant([SITE] * 100) == [0.0] * 100
    assert time.monotonic() - started < 1
    assert throttle.connections(wanted=3) == 3
    throttle.close()


def test_limits_come_from_the_url_of_the_relay_and_the_settings(tmp_path: Path) -> None:
    chosen = settings_for("postgresql://nobody@127.0.0.1/x", "redis://127.0.0.1", tmp_path, site_rate=5)
    made = Limits.of(parse_relay("smtp://mail.example.org:2525?connections=4&rate=7"), chosen)
    assert (made.space, made.connections, made.rate, made.site_rate) == ("mail.example.org:2525", 4, 7.0, 5.0)
