import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from email_validator import EmailNotValidError, validate_email

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.targets.models import DAYS, DeliveryMode, Target, TargetKind
from actions.targets.queries import by_slug
from actions.targets.usual import GAP
from email_templates.language import LANGUAGES

# As many lines as the window of an envelope shows.
MOST_LINES = 8
LONGEST_LINE = 60
MOST_PER_HOUR = 10_000
MOST_PER_DAY = 100_000
# Where letters go.
ADDRESS = frozenset({"email", "lines"})
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class TargetRefused(Exception):
    """No letter could reach it as it is; `problems` says why, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class TargetDetails:
    """`forms`: language -> {"salutation", "close", perhaps "envelope"}; `wordings`: language -> {"name", "state"}."""

    slug: str
    kind: TargetKind
    name: str
    office: str
    represents: str
    country: str
    lines: list[str]
    forms: Mapping[str, Mapping[str, str]]
    wordings: Mapping[str, Mapping[str, str]]
    languages: list[str]
    delivery: DeliveryMode
    accredited_to: list[str] = field(default_factory=list)
    email: str | None = None
    spare_emails: list[str] = field(default_factory=list)
    timezone: str = "UTC"
    opens_at: time | None = None
    closes_at: time | None = None
    open_days: list[str] = field(default_factory=list)
    max_per_hour: int = 60
    max_per_day: int = 500
    max_in_total: int | None = None
    demonstration: bool = False


def save_target(details: TargetDetails, *, by: Actor) -> Target:
    """The target of that slug, new or changed; any change is its next version. Raises TargetRefused.

    Where letters go is to be verified anew once it has changed (L-11).
    """
    (target,) = save_targets([(details, by_slug(details.slug))], by=by)
    return target


def save_targets(known: Iterable[tuple[TargetDetails, Target | None]], *, by: Actor) -> list[Target]:
    """As save_target, each with the target that has its slug: in one go, however many there are."""
    saved = [_put(details, target, by) for details, target in known]
    db.session.flush()
    return saved


def _put(details: TargetDetails, target: Target | None, by: Actor) -> Target:
    problems = problems_of(details)
    if problems:
        raise TargetRefused(problems)
    if target is None:
        target = Target(version=1, address_by=by.staff_id, address_at=clock.now(), **asdict(details))
        db.session.add(target)
    else:
        _change(target, asdict(details), by)
    return target


def _change(target: Target, values: dict[str, Any], by: Actor) -> None:
    changed = {name: value for name, value in values.items() if getattr(target, name) != value}
    for name, value in changed.items():
        setattr(target, name, value)
    if changed:
        target.version += 1
    if ADDRESS & set(changed):
        target.address_by, target.address_at = by.staff_id, clock.now()
        target.verified_at, target.verified_by, target.verification_note = None, None, ""
    if "email" in changed:
        target.hard_bounces = 0


def problems_of(details: TargetDetails) -> list[str]:
    """Why no letter could reach it, one sentence each; empty for a good one."""
    return [
        *_problems_of_names(details),
        *_problems_of_lines(details.lines),
        *_problems_of_ways(details),
        *_problems_of_hours(details),
        *_problems_of_pace(details),
        *_problems_of_forms(details),
    ]


def _problems_of_names(details: TargetDetails) -> list[str]:
    problems = []
    if not _SLUG.fullmatch(details.slug):
        problems.append("its slug may hold small letters, digits and hyphens")
    problems += [
        f"{code!r} is no two-letter country code"
        for code in (details.represents, details.country, *details.accredited_to)
        if not _COUNTRY.fullmatch(code)
    ]
    if not details.languages:
        problems.append("it reads no language")
    try:
        ZoneInfo(details.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        problems.append(f"there is no time zone {details.timezone!r}")
    return problems


def _problems_of_lines(lines: list[str]) -> list[str]:
    problems = []
    if not 2 <= len(lines) <= MOST_LINES:  # noqa: PLR2004  # a name and a place are the least that can be posted
        problems.append(f"its address needs 2 to {MOST_LINES} lines")
    if any(not line.strip() or len(line) > LONGEST_LINE or _CONTROL.search(line) for line in lines):
        problems.append(f"its address has an empty line, one over {LONGEST_LINE} characters, or control characters")
    return problems


def _problems_of_ways(details: TargetDetails) -> list[str]:
    problems = []
    if details.email is None and details.delivery is DeliveryMode.EMAIL:
        problems.append("it takes letters by email but has no address")
    if details.email is not None and not _is_address(details.email, details):
        problems.append("its email address is not one")
    problems += [f"{email!r} is no email address" for email in details.spare_emails if not _is_address(email, details)]
    return problems


def _problems_of_hours(details: TargetDetails) -> list[str]:
    problems = [f"{day!r} is no day of the week" for day in details.open_days if day not in DAYS]
    opens, closes = details.opens_at, details.closes_at
    if (opens is None) != (closes is None):
        problems.append("its office hours have only one end; give both, or none for the whole day")
    elif opens is not None and closes is not None and opens >= closes:
        problems.append("its office closes before it opens")
    return problems


def _problems_of_pace(details: TargetDetails) -> list[str]:
    problems = []
    if not 1 <= details.max_per_hour <= MOST_PER_HOUR:
        problems.append(f"it takes 1 to {MOST_PER_HOUR:,} letters an hour")
    if not 1 <= details.max_per_day <= MOST_PER_DAY:
        problems.append(f"it takes 1 to {MOST_PER_DAY:,} letters a day")
    if details.max_in_total is not None and details.max_in_total < 1:
        problems.append("it takes at least one letter in all; leave that empty for any number")
    return problems


def _is_address(email: str, details: TargetDetails) -> bool:
    try:
        validate_email(email, check_deliverability=False, test_environment=details.demonstration)
    except EmailNotValidError:
        return False
    return True


def _problems_of_forms(details: TargetDetails) -> list[str]:
    unaddressed = (
        code
        for code in dict.fromkeys((*details.languages, *details.forms))
        if not {"salutation", "close"} <= set(details.forms.get(code, {}))
    )
    gaps = (code for code, form in details.forms.items() if GAP in form.get("envelope", ""))
    # Pages speak of a target in their own languages alone.
    unnamed = (
        code
        for code in dict.fromkeys((*details.languages, *details.wordings))
        if code in LANGUAGES and not {"name", "state"} <= set(details.wordings.get(code, {}))
    )
    return [
        *(f"there is no salutation and close in {code}" for code in unaddressed),
        *(f"{GAP} still stands on the envelope in {code} where the name belongs" for code in gaps),
        *(f"there is no name and state in {code}" for code in unnamed),
    ]
