"""How long what we claimed is surely ours, by a clock that runs on while this process or machine is asleep."""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from actions.extensions import db
from actions.transaction import transaction
from workers.sending import ledger
from workers.sending.ledger import Claimed

# Of a lease: renewed after a third, not trusted in the last sixth (the answer may have been slow to reach us).
RENEW_AFTER = 1 / 3
MARGIN = 1 / 6


def boot_time() -> float:
    """Seconds that no sleep and no clock change can hide; macOS has no CLOCK_BOOTTIME, but its monotonic one is."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Lease:
    """Of all that a worker holds. `started` is a reading of `boot_time` from before the claim was asked for."""

    def __init__(self, claims: Callable[[], Iterable[Claimed]], length: timedelta, started: float) -> None:
        self._claims = claims
        self._length = length
        self._since = started
        self._lost = False

    def begin(self, started: float) -> None:
        """The first rows after none: claimed at `started` or later, and what was lost before is lost no more."""
        self._since, self._lost = started, False

    def is_safe(self) -> bool:
        """Asked before each message: whoever lost the lease must not send (O-05)."""
        return not self._lost and boot_time() - self._since < self._length.total_seconds() * (1 - MARGIN)

    def renew_in_time(self) -> None:
        """Called often. A database that is away is no reason to stop before the lease has run out."""
        if not self._lost and boot_time() - self._since > self._length.total_seconds() * RENEW_AFTER:
            try:
                self._renew()
            except DBAPIError:
                db.session.rollback()

    def _renew(self) -> None:
        asked, claims = boot_time(), list(self._claims())
        with transaction():
            renewed = ledger.extend(claims, self._length)
        if len(renewed) == len(claims):
            self._since = asked
        else:
            self._lost = True
