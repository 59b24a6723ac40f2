"""When a delivery that was put off is tried again (B-62)."""

import random
from datetime import datetime, timedelta

# Spread, so that what was put off together does not come back together.
MOST_JITTER = 1.5


def next_try(attempts: int, moment: datetime, *, first: timedelta, longest: timedelta) -> datetime:
    """After `attempts` tries: `first` at the earliest, then twice as long each time, `longest` at the latest."""
    doubled = first * 2 ** min(attempts - 1, 16) if attempts > 1 else first
    return moment + min(doubled, longest / MOST_JITTER) * random.uniform(1, MOST_JITTER)  # noqa: S311  # spreads load, hides nothing
