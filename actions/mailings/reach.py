"""How many people a draft would go to. What takes long to count is kept with its time, and counted again when somebody
asks for it or the audience changes; its launch counts exactly all the same.
"""

import time
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from actions import clock
from actions.mailings import audience
from actions.mailings.models import Mailing
from actions.segments.queries import how_many
from actions.segments.rules import Every, MailedWithin

LATELY_DAYS = 3
# What is counted within this is counted for each screen anew.
QUICK_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Reach:
    """`lately`: of them, who was mailed in the last days. `counted_at` is None for just now."""

    number: int
    lately: int
    counted_at: datetime | None = None


_FORM = TypeAdapter(Reach)


def reach_of(mailing: Mailing) -> Reach:
    if mailing.reach is None or mailing.reach["seconds"] < QUICK_SECONDS:
        return _count(mailing)
    return _FORM.validate_python({name: mailing.reach[name] for name in Reach.__dataclass_fields__})


def count_reach(mailing: Mailing) -> None:
    moment, began = clock.now(), time.perf_counter()
    counted = _FORM.dump_python(_count(mailing), mode="json")
    mailing.reach = counted | {"counted_at": moment.isoformat(), "seconds": time.perf_counter() - began}


def _count(mailing: Mailing) -> Reach:
    try:
        rule = audience.rule_of(mailing)
    except audience.NobodysMailing:
        return Reach(number=0, lately=0)
    number = how_many(rule)
    return Reach(number=number, lately=how_many(Every((rule, MailedWithin(LATELY_DAYS)))) if number else 0)
