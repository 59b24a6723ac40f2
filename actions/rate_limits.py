"""Limits per network: what exceeds them waits, nothing is refused or dropped, and the answer never shows it.

Networks are counted in Redis under a keyed hash that dies with its window (P-04); without Redis nobody waits.
"""

import hmac
import ipaddress
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import structlog
from flask import request
from redis import RedisError

from actions.config import settings
from actions.encryption import derive
from actions.extensions import redis

log = structlog.get_logger()
REST_AFTER_FAILURE = 2.0
# What one household or office has of IPv4 and of IPv6.
PREFIX = {4: 24, 6: 56}


@dataclass
class Rest:
    """How long this process leaves Redis alone after a failure, so that a page does not pay the time-out each time."""

    until: float = 0.0


rest = Rest()


def network_delay() -> timedelta:
    """How long the mail that this request causes has to wait; nothing for a network within its limits."""
    chosen = settings()
    limits = (
        (chosen.network_burst_seconds, chosen.network_burst),
        (chosen.network_sustained_seconds, chosen.network_sustained),
    )
    return chosen.network_delay if _is_over("network", limits) else timedelta()


def guesses_links() -> bool:
    """Whether this network sent more links that we never made than mistakes explain; ours are not counted (B-46)."""
    return _is_over("wrong-links", ((60, settings().wrong_links_a_minute),))


def tries_too_often(account: bytes) -> bool:
    """Whether this network tried to sign in more often than somebody who has forgotten would (W-07)."""
    of_account = _is_over(f"sign-in-{account.hex()[:24]}", ((300, 10),))
    return _is_over("sign-in", ((300, 50),)) or of_account


def keeps_too_much() -> bool:
    """Whether this network, not signed in, sent more long forms than a session that ended explains."""
    return _is_over("unsaved", ((300, 20),))


def _is_over(what: str, limits: Sequence[tuple[int, int]]) -> bool:
    """`limits` are (seconds, how many). Without Redis nobody is."""
    if time.monotonic() < rest.until:
        return False
    try:
        return any(counted > most for counted, (_, most) in zip(_count(what, limits), limits, strict=True))
    except RedisError as error:
        rest.until = time.monotonic() + REST_AFTER_FAILURE
        log.warning("Redis is away; no network is limited", error=type(error).__name__)
        return False


def _count(what: str, limits: Sequence[tuple[int, int]]) -> list[int]:
    """How often within each window, this time included; by one round trip."""
    now, network = int(time.time()), _network_hash()
    pipeline = redis.client.pipeline()
    for seconds, _ in limits:
        key = f"{what}:{seconds}:{now // seconds}:{network}"
        pipeline.incr(key)
        pipeline.expire(key, seconds)
    counted: list[int] = pipeline.execute()[::2]
    return counted


def _network_hash() -> str:
    """/24 or /56, keyed by the day's key: yesterday's cannot be compared with today's."""
    address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")  # noqa: S104  # stands for "unknown", binds nothing
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        # A server that listens on [::] sees every IPv4 network under one prefix.
        address = address.ipv4_mapped
    prefix = ipaddress.ip_network((address, PREFIX[address.version]), strict=False)
    key = _key_of(int(time.time()) // 86400, settings().secret_keys[0])
    return hmac.digest(key, str(prefix).encode(), "sha256").hex()[:24]


@lru_cache(maxsize=2)
def _key_of(day: int, secret: str) -> bytes:
    return derive(secret, f"network/{day}")
