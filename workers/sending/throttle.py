"""How fast mail may go: to the relay as SMTP_URL says, and to each destination site as it bears (B-64).

A process takes tokens from Redis in chunks, a few times a second, and looks once a second at what the others have
slowed down. Without a rate, and with nothing slowed, a message costs nothing here. Redis gone: each process goes on
with its share of what it knew; nothing stops and nothing is lost.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

import structlog
from redis import Redis, RedisError

from actions.config import Settings
from workers.sending.buckets import Buckets, OwnBuckets, Seen, SharedBuckets, Slowing, Taken, Want
from workers.sending.outcomes import Deferred, Outcome, Sent
from workers.sending.relay import Relay

T = TypeVar("T")
CHUNK_SECONDS = 0.25
# Tokens that were not used by then are void, so that no process saves up for a burst.
KEPT_SECONDS = 1.0
LOOK_SECONDS = 1.0
# A process that was not heard of for so long holds no connections any more.
LEASE_SECONDS = 5.0
REST_AFTER_FAILURE = 2.0
# Messages that wait less are held by whoever has them; others are put back until their turn.
HOLD_SECONDS = 1.0
LONGEST_WAIT = 600.0
# What is counted to tell how fast it went, and whether the trouble is a site's or the relay's.
WINDOW_SECONDS = 10.0
# So many sites that complain, and so much of all answers: then it is the relay that cannot bear it.
COMPLAINING_SITES, COMPLAINING_SHARE = 5, 0.2
SERVICE_NOT_AVAILABLE = 421
POLICY = "4.7."
RELAY = "relay"
SLOWING = Slowing(lowest=1.0, raise_after=10.0)
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Limits:
    """`space` keeps the buckets of two relays apart. Rates are messages a second; None: no limit of ours."""

    space: str
    connections: int = 10
    rate: float | None = None
    site_rate: float | None = None
    slowing: Slowing = SLOWING

    @classmethod
    def of(cls, relay: Relay, settings: Settings) -> "Limits":
        return cls(
            space=relay.place,
            connections=relay.connections,
            rate=relay.rate,
            site_rate=settings.site_rate,
            slowing=Slowing(lowest=settings.site_lowest_rate, raise_after=settings.site_raise_seconds),
        )


@dataclass
class _Held:
    """What this process has of one bucket."""

    tokens: int = 0
    taken_at: float = 0.0
    rate: float = 1.0
    ask_at: float = 0.0
    booked_until: float = 0.0


class Throttle:
    def __init__(self, redis: Redis, limits: Limits) -> None:
        self._limits = limits
        self._name = uuid4().hex
        self._shared = SharedBuckets(redis, limits.space, limits.slowing)
        self._own: OwnBuckets | None = None
        self._rests_until = 0.0
        self._looks_at = 0.0
        self._wanted = limits.connections
        self._seen = Seen(1, limits.connections, {})
        self._held: dict[str, _Held] = {}
        self._well: set[str] = set()
        self._window = _Window()

    def grant(self, sites: Sequence[bytes | None]) -> list[float]:
        """For each message in order: 0.0 may go now; else the seconds until it may be asked for again.

        Below HOLD_SECONDS it is worth holding on to; one with more has its turn then and should be put back.
        """
        self._look_in_time()
        if not self._is_limited:
            return [0.0] * len(sites)
        names = [None if site is None else _bucket(site) for site in sites]
        self._fetch(Counter(name for name in names if name is not None and self._rate_of(name)))
        self._fetch({RELAY: sum(self._may_pass(names))} if self._rate_of(RELAY) else {})
        now = time.monotonic()
        turns = Counter[str]()
        return [self._turn(name, turns, now) for name in names]

    def note(self, site: bytes | None, outcome: Outcome) -> None:
        """Slow a site down at once on 421 and 4.7.x, and up again slowly while its messages go through."""
        name = RELAY if site is None else _bucket(site)
        self._window.count(name)
        if isinstance(outcome, Deferred) and _is_too_much(outcome):
            self._slow(name)
            if self._window.complain(name):
                self._slow(RELAY)
        elif self._seen.slowed and isinstance(outcome, Sent):
            self._well |= {name, RELAY} & self._seen.slowed.keys()

    def connections(self, wanted: int | None = None) -> int:
        """How many connections this process may hold at this moment, of the `wanted` that it has use for.

        All processes together stay within the limit; one that has just come gets a single one until the others have
        let go, within a second or so. Whoever holds more than this closes what is too many.
        """
        if wanted is not None and wanted != self._wanted:
            self._wanted, self._looks_at = wanted, 0.0
        self._look_in_time()
        return max(1, min(self._wanted, self._seen.connections))

    def close(self) -> None:
        """The others may have this process's connections; without it they wait for its lease to end."""
        self._ask(lambda: self._shared.leave(self._name))

    @property
    def slowed(self) -> frozenset[str]:
        return frozenset(self._seen.slowed)

    @property
    def _is_limited(self) -> bool:
        return bool(self._limits.rate or self._limits.site_rate or self._seen.slowed)

    def _rate_of(self, name: str) -> float:
        """What it is limited to, as far as this process knows; 0 for no limit."""
        usual = self._limits.rate if name == RELAY else self._limits.site_rate
        return self._seen.slowed.get(name) or usual or 0.0

    def _may_pass(self, names: Iterable[str | None]) -> Iterable[bool]:
        left = Counter({name: held.tokens for name, held in self._held.items()})
        for name in names:
            free = name is None or not self._rate_of(name) or left[name] > 0
            if free and name is not None:
                left[name] -= 1
            yield free

    def _turn(self, name: str | None, turns: Counter[str], now: float) -> float:
        limited = [one for one in (name, RELAY) if one is not None and self._rate_of(one)]
        for one in limited:
            if self._held[one].tokens < 1:
                return self._wait(one, turns, now)
        for one in limited:
            self._held[one].tokens -= 1
        return 0.0

    def _wait(self, name: str, turns: Counter[str], now: float) -> float:
        """When it is this one's turn, after those that wait in this call and those that were put back before."""
        held = self._held[name]
        step = self._seen.processes / held.rate
        wait = max(held.ask_at - now, 0.001) + turns[name] * step
        turns[name] += 1
        if name == RELAY or wait < HOLD_SECONDS:
            # For the relay everybody waits, so that nothing is put back for it.
            return min(wait, HOLD_SECONDS / 2) if name == RELAY else wait
        held.booked_until = min(max(held.booked_until, now + HOLD_SECONDS) + step, now + LONGEST_WAIT)
        return held.booked_until - now

    def _fetch(self, needed: Counter[str] | dict[str, int]) -> None:
        now = time.monotonic()
        wants: dict[str, Want] = {}
        for name, number in needed.items():
            held = self._held.setdefault(name, _Held())
            if now - held.taken_at > KEPT_SECONDS:
                held.tokens = 0
            if held.tokens < number and now >= held.ask_at:
                usual = (self._limits.rate if name == RELAY else self._limits.site_rate) or 0.0
                chunk = int(self._rate_of(name) / self._seen.processes * CHUNK_SECONDS)
                wants[name] = Want(usual, max(number - held.tokens, chunk))
        if wants:
            for name, taken in self._with_buckets(lambda buckets: buckets.take(wants)).items():
                self._keep(self._held[name], taken, now)

    @staticmethod
    def _keep(held: _Held, taken: Taken, now: float) -> None:
        held.tokens += taken.granted
        held.taken_at = now
        held.rate = taken.rate or 1.0
        held.ask_at = now if taken.granted else now + taken.wait

    def _slow(self, name: str) -> None:
        seen_rate = self._window.rate_of(name) * self._seen.processes
        rate = self._with_buckets(lambda buckets: buckets.slow(name, seen_rate))
        if rate < self._seen.slowed.get(name, seen_rate + 1):
            self._held.pop(name, None)
            log.info("slowed down", what=name[:17], rate=round(rate, 2))
        self._seen = Seen(self._seen.processes, self._seen.connections, {**self._seen.slowed, name: rate})

    def _look_in_time(self) -> None:
        now = time.monotonic()
        if now < self._looks_at:
            return
        self._looks_at = now + LOOK_SECONDS
        self._window.renew_in_time()
        well, self._well = self._well, set()
        if well:
            self._with_buckets(lambda buckets: buckets.raise_rates(well))
        seen = self._ask(self._look)
        if seen is not None:
            self._seen = seen
        elif self._own is not None:
            self._seen = Seen(self._seen.processes, self._seen.connections, dict(self._own.rates))

    def _look(self) -> Seen:
        return self._shared.look(self._name, lease=LEASE_SECONDS, cap=self._limits.connections, wanted=self._wanted)

    def _with_buckets(self, use: Callable[[Buckets], T]) -> T:
        answer = self._ask(lambda: (use(self._shared),))
        if answer is not None:
            self._own = None
            return answer[0]
        if self._own is None:
            self._own = OwnBuckets(self._limits.slowing, self._seen.processes, dict(self._seen.slowed))
        return use(self._own)

    def _ask(self, question: Callable[[], T]) -> T | None:
        """None while Redis is away; it is left alone for a while then, so that not every call waits for it."""
        if time.monotonic() < self._rests_until:
            return None
        try:
            return question()
        except RedisError as error:
            self._rests_until = time.monotonic() + REST_AFTER_FAILURE
            log.warning("Redis is away; this process keeps to its share", error=type(error).__name__)
            return None


class _Window:
    """How many answers came lately, by bucket."""

    def __init__(self) -> None:
        self._begin()

    def count(self, name: str) -> None:
        self._answers[name] = self._answers.get(name, 0) + 1

    def complain(self, name: str) -> bool:
        """Whether so many sites complain that it must be the relay."""
        self._complaints += 1
        self._complaining.add(name)
        share = self._complaints / max(sum(self._answers.values()), 1)
        return len(self._complaining) >= COMPLAINING_SITES and share > COMPLAINING_SHARE

    def rate_of(self, name: str) -> float:
        number = sum(self._answers.values()) if name == RELAY else self._answers.get(name, 0)
        return number / max(time.monotonic() - self._since, 1.0)

    def renew_in_time(self) -> None:
        if time.monotonic() - self._since > WINDOW_SECONDS:
            self._begin()

    def _begin(self) -> None:
        self._since = time.monotonic()
        self._answers: dict[str, int] = {}
        self._complaining: set[str] = set()
        self._complaints = 0


def _is_too_much(outcome: Deferred) -> bool:
    return outcome.code == SERVICE_NOT_AVAILABLE or (outcome.status or "").startswith(POLICY)


def _bucket(site: bytes) -> str:
    return f"site:{site.hex()}"
