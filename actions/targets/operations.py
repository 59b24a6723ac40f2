import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from email_validator import EmailNotValidError, validate_email

from actions.actors import Actor
from actions.extensions import db
from actions.targets.models import DeliveryMode, Target, TargetKind
from actions.targets.queries import by_slug

# As many lines as the window of an envelope shows.
MOST_LINES = 8
LONGEST_LINE = 60
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
    """`forms`: language -> {"salutation", "close"}; `wordings`: language -> {"name", "state"}."""

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
    email: str | None = None
    timezone: str = "UTC"
    max_per_hour: int = 60
    max_per_day: int = 500
    demonstration: bool = False


def save_target(details: TargetDetails, *, by: Actor) -> Target:
    """The target of that slug, new or changed; any change is its next version. Raises TargetRefused."""
    problems = problems_of(details)
    if problems:
        raise TargetRefused(problems)
    target = by_slug(details.slug)
    if target is None:
        target = Target(version=1, **asdict(details))
        db.session.add(target)
    else:
        _change(target, asdict(details))
    db.session.flush()
    return target


def _change(target: Target, values: dict[str, Any]) -> None:
    changed = {name: value for name, value in values.items() if getattr(target, name) != value}
    for name, value in changed.items():
        setattr(target, name, value)
    if changed:
        target.version += 1


def problems_of(details: TargetDetails) -> list[str]:
    """Why no letter could reach it, one sentence each; empty for a good one."""
    return [
        *_problems_of_names(details),
        *_problems_of_lines(details.lines),
        *_problems_of_ways(details),
        *(f"there is no salutation and close in {language}" for language in _unaddressed(details)),
        *(f"there is no name and state in {language}" for language in _unnamed(details)),
    ]


def _problems_of_names(details: TargetDetails) -> list[str]:
    problems = []
    if not _SLUG.fullmatch(details.slug):
        problems.append("its slug may hold small letters, digits and hyphens")
    problems += [
        f"{code!r} is no two-letter country code"
        for code in (details.represents, details.country)
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
    if details.email is None:
        return ["it takes letters by email but has no address"] if details.delivery is DeliveryMode.EMAIL else []
    try:
        validate_email(details.email, check_deliverability=False, test_environment=details.demonstration)
    except EmailNotValidError:
        return ["its email address is not one"]
    return []


def _unaddressed(details: TargetDetails) -> list[str]:
    return [code for code in details.languages if not {"salutation", "close"} <= set(details.forms.get(code, {}))]


def _unnamed(details: TargetDetails) -> list[str]:
    return [code for code in details.languages if not {"name", "state"} <= set(details.wordings.get(code, {}))]
