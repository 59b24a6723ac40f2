"""Token buckets by name: one set in Redis for all processes, or a share of one's own while Redis is away.

A bucket without a usual rate has no limit until it is slowed down. Each script reads the time from Redis, so the
clocks of workers do not matter, and counts no time that runs backwards.
"""

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from redis import Redis

# What a bucket holds when it is full.
BURST_SECONDS = 0.5
# A bucket that nobody asked for so long is full again, and a site that was quiet so long is free again.
FORGOTTEN_AFTER = 3600
# Trouble that comes in a bunch is one trouble: several messages were on their way.
ONE_TROUBLE_SECONDS = 1.0
DOWN, UP = 0.5, 1.25

_HEAD = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local function text(number) return string.format('%.6f', number) end
"""
TAKE = (
    _HEAD
    + """
local burst_seconds, lifetime = tonumber(ARGV[1]), tonumber(ARGV[2])
local said = {}
for index, key in ipairs(KEYS) do
    local usual, wanted = tonumber(ARGV[index * 2 + 1]), tonumber(ARGV[index * 2 + 2])
    local held = redis.call('HMGET', key, 'rate', 'tokens', 'at')
    local rate = tonumber(held[1] or '') or usual
    local granted, wait = wanted, 0
    if rate > 0 then
        local full = math.max(1, rate * burst_seconds)
        local at = tonumber(held[3] or '') or now
        local tokens = math.min(full, (tonumber(held[2] or '') or full) + math.max(0, now - at) * rate)
        granted = math.min(wanted, math.floor(tokens))
        tokens = tokens - granted
        wait = math.max(0, 1 - tokens) / rate
        redis.call('HSET', key, 'tokens', text(tokens), 'at', text(now))
        redis.call('EXPIRE', key, lifetime)
    end
    said[#said + 1] = granted
    said[#said + 1] = text(rate)
    said[#said + 1] = text(wait)
end
return said
"""
)
SLOW = (
    _HEAD
    + """
local key, slowed, name = KEYS[1], KEYS[2], ARGV[1]
local seen, lowest, quiet, lifetime = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local held = redis.call('HMGET', key, 'rate', 'troubled')
local rate, troubled = tonumber(held[1] or ''), tonumber(held[2] or '')
if rate and troubled and math.abs(now - troubled) < quiet then return text(rate) end
if not rate then redis.call('HSET', key, 'ceiling', text(math.max(seen, lowest))) end
rate = math.max(lowest, (rate or seen) * tonumber(ARGV[6]))
redis.call('HSET', key, 'rate', text(rate), 'tokens', '0', 'at', text(now), 'troubled', text(now), 'raised', text(now))
redis.call('EXPIRE', key, lifetime)
redis.call('SADD', slowed, name)
return text(rate)
"""
)
RAISE = (
    _HEAD
    + """
local key, slowed, name, after = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
local held = redis.call('HMGET', key, 'rate', 'raised', 'ceiling')
local rate, raised = tonumber(held[1] or ''), tonumber(held[2] or '')
if not rate or math.abs(now - raised) < after then return 0 end
rate = rate * tonumber(ARGV[3])
if rate >= tonumber(held[3]) then
    redis.call('HDEL', key, 'rate', 'ceiling', 'troubled', 'raised')
    redis.call('SREM', slowed, name)
else
    redis.call('HSET', key, 'rate', text(rate), 'raised', text(now))
end
return 1
"""
)
LOOK = (
    _HEAD
    + """
local alive, shares, slowed, me = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local lease, cap, wanted, prefix = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
redis.call('ZREMRANGEBYSCORE', alive, '-inf', text(now))
redis.call('ZADD', alive, text(now + lease), me)
redis.call('HSET', shares, 'wanted:' .. me, wanted)
local all, others, known = {}, 0, {}
for _, member in ipairs(redis.call('ZRANGE', alive, 0, -1)) do
    known[member] = true
    all[#all + 1] = {tonumber(redis.call('HGET', shares, 'wanted:' .. member) or '1'), member}
    if member ~= me then others = others + tonumber(redis.call('HGET', shares, 'held:' .. member) or '0') end
end
for _, one in ipairs(redis.call('HKEYS', shares)) do
    if not known[string.sub(one, string.find(one, ':') + 1)] then redis.call('HDEL', shares, one) end
end
table.sort(all, function(one, other)
    if one[1] == other[1] then return one[2] < other[2] end
    return one[1] < other[1]
end)
local left, target = cap, 0
for index, one in ipairs(all) do
    local share = math.min(one[1], math.floor(left / (#all - index + 1)))
    left = left - share
    if one[2] == me then target = share end
end
local mine = math.max(1, math.min(target, cap - others))
redis.call('HSET', shares, 'held:' .. me, mine)
redis.call('EXPIRE', alive, 3600)
redis.call('EXPIRE', shares, 3600)
local said = {#all, mine}
for _, name in ipairs(redis.call('SMEMBERS', slowed)) do
    local rate = redis.call('HGET', prefix .. name, 'rate')
    if rate then
        said[#said + 1] = name
        said[#said + 1] = rate
    else
        redis.call('SREM', slowed, name)
    end
end
return said
"""
)


@dataclass(frozen=True, slots=True)
class Taken:
    """`granted` may go now, the next one in `wait` seconds. `rate` 0: there is no limit."""

    granted: int
    rate: float
    wait: float


@dataclass(frozen=True, slots=True)
class Want:
    """`rate` a second unless the bucket was slowed down; 0: no limit."""

    rate: float
    number: int


@dataclass(frozen=True, slots=True)
class Seen:
    """How many processes send at this moment, how many connections are this one's, and what is slowed to which rate."""

    processes: int
    connections: int
    slowed: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Slowing:
    """Never below `lowest` messages a second; up again a step after every `raise_after` seconds without trouble."""

    lowest: float
    raise_after: float


class Buckets(Protocol):
    def take(self, wants: Mapping[str, Want]) -> dict[str, Taken]: ...

    def slow(self, name: str, seen_rate: float) -> float:
        """Halve its rate at once; `seen_rate` is what it was when it had no limit. The rate it has now."""
        ...

    def raise_rates(self, names: Iterable[str]) -> None:
        """Messages went through: a little more, in time; as fast as before the trouble, it is free again."""
        ...


class SharedBuckets:
    """In Redis, of all processes that send through one relay. Everything may raise RedisError."""

    def __init__(self, redis: Redis, space: str, slowing: Slowing) -> None:
        self._prefix = f"throttle:{space}:"
        self._slowing = slowing
        self._redis = redis
        self._take = redis.register_script(TAKE)
        self._slow = redis.register_script(SLOW)
        self._raise = redis.register_script(RAISE)
        self._look = redis.register_script(LOOK)

    def take(self, wants: Mapping[str, Want]) -> dict[str, Taken]:
        each = [value for want in wants.values() for value in (want.rate, want.number)]
        said = self._take(keys=[self._prefix + name for name in wants], args=[BURST_SECONDS, FORGOTTEN_AFTER, *each])
        parts = [iter(said)] * 3
        return {
            name: Taken(int(granted), float(rate), float(wait))
            for name, (granted, rate, wait) in zip(wants, zip(*parts, strict=True), strict=True)
        }

    def slow(self, name: str, seen_rate: float) -> float:
        said: list[str | float] = [name, seen_rate, self._slowing.lowest, ONE_TROUBLE_SECONDS, FORGOTTEN_AFTER, DOWN]
        return float(self._slow(keys=[self._prefix + name, self._prefix + "slowed"], args=said))

    def raise_rates(self, names: Iterable[str]) -> None:
        for name in names:
            keys = [self._prefix + name, self._prefix + "slowed"]
            self._raise(keys=keys, args=[name, self._slowing.raise_after, UP])

    def look(self, me: str, *, lease: float, cap: int, wanted: int) -> Seen:
        """Say that this process lives and how many connections it has use for; see what the others did."""
        keys = [self._prefix + name for name in ("processes", "shares", "slowed")]
        processes, connections, *slowed = self._look(keys=keys, args=[me, lease, cap, wanted, self._prefix])
        rates = {name.decode(): float(rate) for name, rate in zip(slowed[::2], slowed[1::2], strict=True)}
        return Seen(int(processes), int(connections), rates)

    def leave(self, me: str) -> None:
        self._redis.zrem(self._prefix + "processes", me)


@dataclass
class _Own:
    tokens: float
    at: float


@dataclass
class OwnBuckets:
    """This process's share while Redis is away; `rates` are those that were slowed when it was last seen."""

    slowing: Slowing
    processes: int = 1
    rates: dict[str, float] = field(default_factory=dict)
    _held: dict[str, _Own] = field(default_factory=dict)
    _raised: dict[str, float] = field(default_factory=dict)

    def take(self, wants: Mapping[str, Want]) -> dict[str, Taken]:
        return {name: self._taken(name, want) for name, want in wants.items()}

    def slow(self, name: str, seen_rate: float) -> float:
        now = time.monotonic()
        if name not in self.rates or now - self._raised.get(name, -math.inf) >= ONE_TROUBLE_SECONDS:
            self.rates[name] = max(self.slowing.lowest, self.rates.get(name, seen_rate) * DOWN)
            self._held[name] = _Own(0.0, now)
            self._raised[name] = now
        return self.rates[name]

    def raise_rates(self, names: Iterable[str]) -> None:
        now = time.monotonic()
        for name in names:
            if name in self.rates and now - self._raised.setdefault(name, now) >= self.slowing.raise_after:
                self.rates[name] *= UP
                self._raised[name] = now

    def _taken(self, name: str, want: Want) -> Taken:
        rate = self.rates.get(name, want.rate) / self.processes
        if not rate:
            return Taken(want.number, 0.0, 0.0)
        now = time.monotonic()
        full = max(1.0, rate * BURST_SECONDS)
        held = self._held.setdefault(name, _Own(full, now))
        held.tokens = min(full, held.tokens + (now - held.at) * rate)
        held.at = now
        granted = min(want.number, int(held.tokens))
        held.tokens -= granted
        return Taken(granted, rate * self.processes, max(0.0, 1 - held.tokens) / rate)
