"""What a mail server can say of an office's pace: from the moments alone at which its letters came."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Promise:
    """How letters may come: so many within each span of time, wherever it begins, and only while it is open."""

    zone: str
    days: frozenset[int]
    opens: time
    closes: time
    most: tuple[tuple[timedelta, int], ...]
    most_a_date: int

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone))

    def is_open(self, moment: datetime) -> bool:
        here = self.local(moment)
        return here.weekday() in self.days and self.opens <= here.time() < self.closes


def broken(promise: Promise, arrivals: Sequence[datetime]) -> list[str]:
    """A sentence for each way in which the promise was not kept."""
    came = sorted(arrivals)
    said = [f"{moment}: it was closed" for moment in came if not promise.is_open(moment)]
    for span, most in promise.most:
        said += [
            f"{first}: more than {most} within {span}"
            for first, one_too_many in zip(came, came[most:], strict=False)
            if one_too_many - first < span
        ]
    dates = Counter(promise.local(moment).date() for moment in came)
    return said + [f"{date}: {number} came" for date, number in dates.items() if number > promise.most_a_date]
