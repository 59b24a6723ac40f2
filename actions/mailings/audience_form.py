"""The audience as a form: rows that are joined by "and" or "or", where "or" binds closer; each may be turned round."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from actions.lists.queries import name_in, the_lists
from actions.mailings.preflight import language_name
from actions.mailings.queries import pages_to_choose
from actions.pages.queries import wordings_of
from actions.segments.rules import (
    Acted,
    ActiveWithin,
    ActKind,
    CameBy,
    Every,
    HasTag,
    JoinedWithin,
    LivesIn,
    MailedWithin,
    Not,
    OnList,
    Reads,
    Rule,
    Share,
    Some,
    WantsNews,
)
from actions.tags.queries import vocabulary
from email_templates.language import LANGUAGES, SOURCE_LANGUAGE, countries

MOST_ROWS = 30
LONGEST_TIME = 36_500
_CODES = re.compile(r"[\s,;]+")
_ACTS = {"acted": ActKind.ANY, "signed": ActKind.SIGNED, "wrote": ActKind.WROTE}


@dataclass(frozen=True, kw_only=True)
class Row:
    """As typed; `what` is a choice such as `signed:7` or `country`, `wrong` says what to type instead."""

    what: str
    value: str = ""
    negated: bool = False
    alternative: bool = False
    wrong: str = ""


class NotUnderstood(ValueError):
    """What was typed beside a choice; the message says what to type."""


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of (value, words) to choose from."""
    pages = pages_to_choose()
    words_of = wordings_of(pages, SOURCE_LANGUAGE)
    titles = {page.id: words_of[page.id].title for page in pages}
    news = [(f"news:{page_id}", f"want news of “{title}”") for page_id, title in titles.items()]
    acts = [("signed", "signed “{}”"), ("wrote", "wrote from “{}”"), ("acted", "signed or wrote from “{}”")]
    return [
        (
            "About them",
            [
                ("country", "live in (country codes, such as DE, KH)"),
                *_languages(),
                ("source", "came by (a page, join, an import)"),
            ],
        ),
        (
            "When",
            [
                ("joined", "joined in the last (days)"),
                ("active", "were active in the last (days)"),
                ("mailed", "were mailed in the last (days)"),
            ],
        ),
        (
            "What they did (days, or empty for ever)",
            [(f"{key}:{page_id}", words.format(title)) for page_id, title in titles.items() for key, words in acts],
        ),
        (
            "What they asked for",
            [*_lists(), *news],
        ),
        ("What you call them", [(f"tag:{tag.id}", f"carry the tag “{tag.name}”") for tag in vocabulary().here()]),
        ("By chance", [("share", "are in a random share of (percent)")]),
    ]


def read_rows(form: MultiDict[str, str]) -> list[Row]:
    """Those that were filled in, with what the pressed button does to them."""
    rows = []
    for number in range(MOST_ROWS):
        what = form.get(f"what-{number}", "")
        if not what or form.get("do") == f"remove:{number}":
            continue
        rows.append(
            Row(
                what=what,
                value=form.get(f"value-{number}", "").replace("\0", "").strip()[:200],
                negated=form.get(f"not-{number}") == "not",
                alternative=form.get(f"join-{number}") == "or",
            )
        )
    return rows


def rule_of_rows(rows: Sequence[Row]) -> Rule:
    """Raises NotUnderstood."""
    groups: list[list[Rule]] = []
    for row in rows:
        rule = _leaf(row)
        rule = Not(rule) if row.negated else rule
        if row.alternative and groups:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return Every(tuple(group[0] if len(group) == 1 else Some(tuple(group)) for group in groups))


def checked(rows: Sequence[Row]) -> list[Row]:
    """With what is wrong beside each."""
    return [Row(**(vars(row) | {"wrong": _problem(row)})) for row in rows]


def rows_of_rule(rule: Rule) -> list[Row] | None:
    """None for a rule that was put together in another way and has no such form."""
    try:
        return list(_rows(rule))
    except NotUnderstood:
        return None


def _rows(rule: Rule) -> Iterator[Row]:
    for part in rule.rules if isinstance(rule, Every) else (rule,):
        if isinstance(part, Every):
            yield from _rows(part)
            continue
        for number, one in enumerate(part.rules if isinstance(part, Some) else (part,)):
            yield _row(one, alternative=number > 0)


def _row(rule: Rule, *, alternative: bool) -> Row:
    inner = rule.rule if isinstance(rule, Not) else rule
    what, value = _typed(inner)
    return Row(what=what, value=value, negated=isinstance(rule, Not), alternative=alternative)


def _typed(rule: Rule) -> tuple[str, str]:
    match rule:
        case OnList(number):
            return f"list:{number}", ""
        case WantsNews(number):
            return f"news:{number}", ""
        case HasTag(number):
            return f"tag:{number}", ""
        case Acted(number, kind, days):
            key = next(name for name, meant in _ACTS.items() if meant is kind)
            return f"{key}:{number}", "" if days is None else str(days)
        case Reads((language,)):
            return f"language:{language}", ""
    return _typed_value(rule)


def _typed_value(rule: Rule) -> tuple[str, str]:
    match rule:
        case LivesIn(codes):
            return "country", ", ".join(codes)
        case CameBy(source):
            return "source", source
        case JoinedWithin(days):
            return "joined", str(days)
        case ActiveWithin(days):
            return "active", str(days)
        case MailedWithin(days):
            return "mailed", str(days)
        case Share(percent, _):
            return "share", str(percent)
    raise NotUnderstood


def _problem(row: Row) -> str:
    try:
        _leaf(row)
    except NotUnderstood as wrong:
        return str(wrong)
    return ""


def _leaf(row: Row) -> Rule:
    name, _, about = row.what.partition(":")
    if name in _ACTS:
        return Acted(_id(about), _ACTS[name], _days(row.value) if row.value else None)
    if name in _READERS:
        return _READERS[name](row.value or about)
    raise NotUnderstood("Choose one of the rows.")


def _id(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:  # noqa: PLR2004  # a bigint's digits
        raise NotUnderstood("Choose one of the rows.")
    return int(text)


def _days(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:9]) <= LONGEST_TIME:
        raise NotUnderstood("Type a number of days, such as 30.")
    return int(text)


def _percent(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text[:9]) <= 100:  # noqa: PLR2004  # per cent
        raise NotUnderstood("Type a share from 1 to 100.")
    return int(text)


def _countries(text: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code for code in _CODES.split(text.upper()) if code))
    known = {code for code, _ in countries(SOURCE_LANGUAGE)}
    if not codes or not known.issuperset(codes):
        raise NotUnderstood("Type two-letter country codes with commas between them, such as DE, KH.")
    return codes


def _source(text: str) -> str:
    if not text:
        raise NotUnderstood("Type a page's address word, join, or the name of an import.")
    return text


def _known_language(code: str) -> tuple[str, ...]:
    if code not in LANGUAGES:
        raise NotUnderstood("Choose one of the rows.")
    return (code,)


_READERS: Mapping[str, Callable[[str], Rule]] = {
    "list": lambda about: OnList(_id(about)),
    "news": lambda about: WantsNews(_id(about)),
    "tag": lambda about: HasTag(_id(about)),
    "language": lambda about: Reads(_known_language(about)),
    "country": lambda typed: LivesIn(_countries(typed)),
    "source": lambda typed: CameBy(_source(typed)),
    "joined": lambda typed: JoinedWithin(_days(typed)),
    "active": lambda typed: ActiveWithin(_days(typed)),
    "mailed": lambda typed: MailedWithin(_days(typed)),
    "share": lambda typed: Share(_percent(typed)),
}


def _languages() -> list[tuple[str, str]]:
    return [(f"language:{code}", f"read {language_name(code)}") for code in LANGUAGES]


def _lists() -> list[tuple[str, str]]:
    return [(f"list:{one.id}", f"are on the list “{name_in(one, SOURCE_LANGUAGE)}”") for one in the_lists()]
