"""What may be asked of a supporter, as data: a rule is stored as JSON, read in words and becomes one SELECT.

In JSON each is an object of one key: `{"every": [{"on_list": 3}, {"not": {"acted": 7}}]}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Stored = dict[str, Any]


class NotARule(ValueError):
    """What was stored is no rule that this version knows."""


@dataclass(frozen=True, slots=True)
class OnList:
    """Is active on a list."""

    list_id: int


@dataclass(frozen=True, slots=True)
class Acted:
    """Has a counted signature on a page, or a standing letter from it."""

    page_id: int


@dataclass(frozen=True, slots=True)
class WantsNews:
    """Said yes to news about this case, and has not said no since."""

    page_id: int


@dataclass(frozen=True, slots=True)
class Not:
    rule: "Rule"


@dataclass(frozen=True, slots=True)
class Every:
    """All of the rules hold; with none of them, everyone."""

    rules: "tuple[Rule, ...]"


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of the rules holds; with none of them, nobody."""

    rules: "tuple[Rule, ...]"


Rule = OnList | Acted | WantsNews | Not | Every | Some


def to_json(rule: Rule) -> Stored:
    match rule:
        case OnList(list_id):
            return {"on_list": list_id}
        case Acted(page_id):
            return {"acted": page_id}
        case WantsNews(page_id):
            return {"wants_news": page_id}
        case Not(inner):
            return {"not": to_json(inner)}
        case Every(rules):
            return {"every": [to_json(part) for part in rules]}
        case Some(rules):
            return {"some": [to_json(part) for part in rules]}


def from_json(stored: Mapping[str, Any]) -> Rule:
    """Raises NotARule; a rule that is half understood would pick the wrong people."""
    match dict(stored):
        case {"on_list": int(list_id), **rest} if not rest:
            return OnList(list_id)
        case {"acted": int(page_id), **rest} if not rest:
            return Acted(page_id)
        case {"wants_news": int(page_id), **rest} if not rest:
            return WantsNews(page_id)
        case {"not": dict(inner), **rest} if not rest:
            return Not(from_json(inner))
        case {"every": list(parts), **rest} if not rest:
            return Every(tuple(map(from_json, parts)))
        case {"some": list(parts), **rest} if not rest:
            return Some(tuple(map(from_json, parts)))
    raise NotARule(f"no rule of ours: {dict(stored)!r}")
