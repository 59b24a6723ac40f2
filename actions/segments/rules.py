"""What may be asked of a supporter, as data: a rule is stored as JSON, read in words and becomes one SELECT.

In JSON each is an object of one key: `{"every": [{"on_list": 3}, {"not": {"acted": 7}}]}`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Stored = dict[str, Any]


class NotARule(ValueError):
    """What was stored is no rule that this version knows."""


@dataclass(frozen=True, slots=True)
class OnList:
    """Is active on a list."""

    list_id: int


class ActKind(StrEnum):
    """What somebody did on a page."""

    ANY = "any"
    SIGNED = "signed"
    WROTE = "wrote"


@dataclass(frozen=True, slots=True)
class Acted:
    """Has a counted signature on a page, or a standing letter from it; in the last `days` where they are given."""

    page_id: int
    kind: ActKind = ActKind.ANY
    days: int | None = None


@dataclass(frozen=True, slots=True)
class WantsNews:
    """Said yes to news about this case, and has not said no since."""

    page_id: int


@dataclass(frozen=True, slots=True)
class HasTag:
    """Was given this tag by the group, under whatever name it goes by now."""

    tag_id: int


@dataclass(frozen=True, slots=True)
class LivesIn:
    """Said that they live in one of these countries."""

    countries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reads:
    """Gets mail in one of these languages."""

    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CameBy:
    """First came by a page's slug, by `join`, or with an import of this name."""

    source: str


@dataclass(frozen=True, slots=True)
class JoinedWithin:
    days: int


@dataclass(frozen=True, slots=True)
class ActiveWithin:
    days: int


@dataclass(frozen=True, slots=True)
class MailedWithin:
    """Is among the readers of a mailing that was launched in the last `days`."""

    days: int


@dataclass(frozen=True, slots=True)
class Share:
    """So many of a hundred, by chance: the same people each time for one `draw`, others for another."""

    percent: int
    draw: int = 1


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


Rule = (
    OnList
    | Acted
    | WantsNews
    | HasTag
    | LivesIn
    | Reads
    | CameBy
    | JoinedWithin
    | ActiveWithin
    | MailedWithin
    | Share
    | Not
    | Every
    | Some
)


def to_json(rule: Rule) -> Stored:  # noqa: C901, PLR0911, PLR0912  # one case for each kind of rule
    match rule:
        case OnList(list_id):
            return {"on_list": list_id}
        case Acted(page_id, ActKind.ANY, None):
            return {"acted": page_id}
        case Acted(page_id, kind, days):
            return {"acted": {"page": page_id, "kind": kind.value, "days": days}}
        case WantsNews(page_id):
            return {"wants_news": page_id}
        case HasTag(tag_id):
            return {"has_tag": tag_id}
        case LivesIn(countries):
            return {"lives_in": list(countries)}
        case Reads(languages):
            return {"reads": list(languages)}
        case CameBy(source):
            return {"came_by": source}
        case JoinedWithin(days):
            return {"joined_within": days}
        case ActiveWithin(days):
            return {"active_within": days}
        case MailedWithin(days):
            return {"mailed_within": days}
        case Share(percent, draw):
            return {"share": {"percent": percent, "draw": draw}}
        case Not(inner):
            return {"not": to_json(inner)}
        case Every(rules):
            return {"every": [to_json(part) for part in rules]}
        case Some(rules):
            return {"some": [to_json(part) for part in rules]}


def tags_in(rule: Rule) -> set[int]:
    """The tags that it asks about, however deep."""
    match rule:
        case HasTag(tag_id):
            return {tag_id}
        case Not(inner):
            return tags_in(inner)
        case Every(rules) | Some(rules):
            return {tag_id for part in rules for tag_id in tags_in(part)}
    return set()


def from_json(stored: Mapping[str, Any]) -> Rule:
    """Raises NotARule; a rule that is half understood would pick the wrong people."""
    try:
        ((name, value),) = stored.items()
        return _READERS[name](value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise NotARule(f"no rule of ours: {dict(stored)!r}") from error


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(_text, _items(value)))


def _rules(value: object) -> tuple[Rule, ...]:
    return tuple(map(from_json, _items(value)))


def _items(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _acted(value: object) -> Acted:
    match value:
        case {"page": page, "kind": kind, "days": days, **rest} if not rest:
            return Acted(_number(page), ActKind(kind), None if days is None else _number(days))
    return Acted(_number(value))


def _share(value: object) -> Share:
    match value:
        case {"percent": percent, "draw": draw, **rest} if not rest:
            return Share(_number(percent), _number(draw))
    raise TypeError


_READERS: Mapping[str, Callable[[Any], Rule]] = {
    "on_list": lambda value: OnList(_number(value)),
    "acted": _acted,
    "wants_news": lambda value: WantsNews(_number(value)),
    "has_tag": lambda value: HasTag(_number(value)),
    "lives_in": lambda value: LivesIn(_texts(value)),
    "reads": lambda value: Reads(_texts(value)),
    "came_by": lambda value: CameBy(_text(value)),
    "joined_within": lambda value: JoinedWithin(_number(value)),
    "active_within": lambda value: ActiveWithin(_number(value)),
    "mailed_within": lambda value: MailedWithin(_number(value)),
    "share": _share,
    "not": lambda value: Not(from_json(value)),
    "every": lambda value: Every(_rules(value)),
    "some": lambda value: Some(_rules(value)),
}
