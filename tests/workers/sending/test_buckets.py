import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis, RedisError

from devserver.valkey import Valkey
from workers.sending.buckets import BURST_SECONDS, OwnBuckets, SharedBuckets, Slowing, Taken, Want

SLOWING = Slowing(lowest=1.0, raise_after=0.2)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    client = Redis.from_url(redis_url)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture(params=["shared", "own"])
def buckets(request: pytest.FixtureRequest, redis: Redis) -> SharedBuckets | OwnBuckets:
    return SharedBuckets(redis, "relay", SLOWING) if request.param == "shared" else OwnBuckets(SLOWING)


Either = SharedBuckets | OwnBuckets


def take(buckets: Either, number: int, rate: float, name: str = "relay") -> Taken:
    return buckets.take({name: Want(rate, number)})[name]


@pytest.mark.requirement("B-64")
def test_a_full_bucket_gives_a_burst_and_then_its_rate(buckets: Either) -> None:
    first = take(buckets, 1000, 100)
    assert first.granted == 100 * BURST_SECONDS
    started = time.monotonic()
    granted = 0
    while time.monotonic() - started < 0.5:
        granted += take(buckets, 1000, 100).granted
        time.sleep(0.02)
    assert 40 <= granted <= 100 * (time.monotonic() - started) + 1


def test_without_a_rate_all_is_granted(buckets: Either) -> None:
    assert take(buckets, 1000, 0) == Taken(1000, 0.0, 0.0)


def test_who_gets_nothing_is_told_when_the_next_one_is_there(buckets: Either) -> None:
    take(buckets, 10, 2)
    nothing = take(buckets, 10, 2)
    assert nothing.granted == 0
    assert 0.4 < nothing.wait <= 0.5


@pytest.mark.requirement("B-64")
def test_trouble_halves_the_rate_at_once_and_a_bunch_of_it_once(buckets: Either) -> None:
    assert buckets.slow("site", 80.0) == 40.0
    assert buckets.slow("site", 80.0) == 40.0
    assert take(buckets, 10, 0, "site").granted == 0
    assert take(buckets, 10, 0, "other").granted == 10


def test_no_trouble_stops_a_site(buckets: Either) -> None:
    assert buckets.slow("site", 0.0) == SLOWING.lowest


@pytest.mark.requirement("B-64")
def test_a_slowed_site_gets_faster_step_by_step(buckets: Either) -> None:
    buckets.slow("site", 80.0)
    buckets.raise_rates(["site"])
    assert take(buckets, 1, 0, "site").rate == 40.0
    time.sleep(0.25)
    buckets.raise_rates(["site", "one that nobody slowed"])
    buckets.raise_rates(["site"])
    assert take(buckets, 1, 0, "site").rate == 50.0


def test_as_fast_as_before_it_is_free_again(redis: Redis) -> None:
    shared = SharedBuckets(redis, "relay", Slowing(lowest=1.0, raise_after=0.0))
    shared.slow("site", 10.0)
    for _ in range(4):
        shared.raise_rates(["site"])
    assert shared.take({"site": Want(0, 500)})["site"].granted == 500
    assert shared.look("me", lease=5, cap=10, wanted=10).slowed == {}


@pytest.mark.parametrize("jump", [-86400, 86400])
def test_a_clock_that_jumps_neither_stops_a_bucket_nor_floods_the_relay(redis: Redis, jump: int) -> None:
    shared = SharedBuckets(redis, "relay", SLOWING)
    take(shared, 50, 100)
    redis.hincrbyfloat("throttle:relay:relay", "at", jump)
    assert take(shared, 1000, 100).granted <= 50
    time.sleep(0.1)
    assert 1 <= take(shared, 1000, 100).granted <= 50


def test_two_processes_share_one_bucket(redis: Redis) -> None:
    one, other = (SharedBuckets(redis, "relay", SLOWING) for _ in range(2))
    assert take(one, 30, 100).granted == 30
    assert 20 <= take(other, 30, 100).granted <= 22


def test_two_relays_have_buckets_of_their_own(redis: Redis) -> None:
    one, other = (SharedBuckets(redis, name, SLOWING) for name in ("one", "other"))
    one.slow("site", 80.0)
    assert other.look("me", lease=5, cap=10, wanted=10).slowed == {}
    assert one.look("me", lease=5, cap=10, wanted=10).slowed == {"site": 40.0}


def test_own_buckets_hold_a_share(redis: Redis) -> None:
    assert take(OwnBuckets(SLOWING, processes=4), 1000, 100).granted == 100 * BURST_SECONDS // 4


def look(shared: SharedBuckets, who: str, wanted: int = 10, lease: float = 5.0) -> int:
    return shared.look(who, lease=lease, cap=10, wanted=wanted).connections


@pytest.mark.requirement("B-64")
def test_connections_are_shared_by_those_who_want_them(redis: Redis) -> None:
    shared = SharedBuckets(redis, "relay", SLOWING)
    assert look(shared, "a") == 10
    assert look(shared, "b") == 1, "until the first has let go"
    assert (look(shared, "a"), look(shared, "b"), look(shared, "a")) == (5, 5, 5)
    assert look(shared, "c", wanted=2) == 1
    assert (look(shared, "a"), look(shared, "b"), look(shared, "c", wanted=2)) == (4, 4, 2)
    shared.leave("a")
    assert (look(shared, "b"), look(shared, "c", wanted=2)) == (8, 2)


def test_who_is_not_heard_of_loses_its_connections(redis: Redis) -> None:
    shared = SharedBuckets(redis, "relay", SLOWING)
    look(shared, "dead", lease=0.1)
    time.sleep(0.15)
    assert look(shared, "alive") == 10
    assert {key.decode() for key in redis.hkeys("throttle:relay:shares")} == {"wanted:alive", "held:alive"}


def test_more_processes_than_connections_hold_one_each(redis: Redis) -> None:
    shared = SharedBuckets(redis, "relay", SLOWING)
    assert {look(shared, f"p{number % 12}") for number in range(36)} >= {1}
    assert [look(shared, f"p{number}") for number in range(12)] == [1] * 12


def test_a_server_that_lost_its_scripts_gets_them_again(tmp_path: Path) -> None:
    with Valkey(tmp_path) as server:
        shared = SharedBuckets(Redis.from_url(server.url()), "relay", SLOWING)
        assert take(shared, 1, 100).granted == 1
        server.kill()
        with pytest.raises(RedisError):
            take(shared, 1, 100)
        server.start()
        assert take(shared, 1, 100).granted == 1
