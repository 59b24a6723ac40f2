"""A rule as one sentence for whoever sends."""

from collections.abc import Iterable

from babel import Locale

from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import name_in
from actions.pages.listing import title_of
from actions.pages.models import Page
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
from actions.tags.queries import name_of
from email_templates.language import SOURCE_LANGUAGE, country_name

ACTED = {ActKind.ANY: "acted on", ActKind.SIGNED: "signed", ActKind.WROTE: "written from"}


def in_words(rule: Rule) -> str:
    """One sentence for whoever sends: `Supporters who are on the list “Updates” and have not acted on “Free her”.`"""
    return f"Supporters who {_claim(rule, negated=False)}."


def _claim(rule: Rule, *, negated: bool) -> str:  # noqa: C901, PLR0911, PLR0912  # one case for each kind of rule
    match rule:
        case OnList(list_id):
            return f"{'are not' if negated else 'are'} on the list “{_list(list_id)}”"
        case Acted(page_id, kind, days):
            return f"have {'not ' if negated else ''}{ACTED[kind]} “{_page(page_id)}”{_lately(days)}"
        case WantsNews(page_id):
            return f"{'do not want' if negated else 'want'} news about “{_page(page_id)}”"
        case HasTag(tag_id):
            tag = name_of(tag_id) or f"no. {tag_id}"
            return f"{'do not carry' if negated else 'carry'} the tag “{tag}”"
        case LivesIn(countries):
            named = _listed(country_name(code, SOURCE_LANGUAGE) for code in countries)
            return f"{'do not live' if negated else 'live'} in {named or 'no country'}"
        case Reads(languages):
            return f"{'do not read' if negated else 'read'} {_listed(map(_language, languages)) or 'no language'}"
        case CameBy(source):
            return f"{'did not come' if negated else 'came'} by “{source}”"
        case JoinedWithin(days):
            return f"joined {'before' if negated else 'in'} the last {_days(days)}"
        case ActiveWithin(days):
            return f"were {'not ' if negated else ''}active in the last {_days(days)}"
        case MailedWithin(days):
            return f"were {'not ' if negated else ''}mailed in the last {_days(days)}"
        case Share(percent, draw):
            return f"are {'not ' if negated else ''}in a random {percent} % (draw {draw})"
        case Not(inner):
            return _claim(inner, negated=not negated)
        case Every(rules):
            return _joined(rules, "or" if negated else "and", negated=negated) or "exist"
        case Some(rules):
            return _joined(rules, "and" if negated else "or", negated=negated) or "do not exist"


def _joined(rules: tuple[Rule, ...], word: str, *, negated: bool) -> str:
    """De Morgan: what is not both is not the one or not the other."""
    nested = len(rules) > 1
    return f" {word} ".join(
        f"({_claim(rule, negated=negated)})"
        if nested and isinstance(rule, Every | Some)
        else _claim(rule, negated=negated)
        for rule in rules
    )


def _list(list_id: int) -> str:
    found = db.session.get(MailingList, list_id)
    return name_in(found, SOURCE_LANGUAGE) if found else f"no. {list_id}"


def _page(page_id: int) -> str:
    found = db.session.get(Page, page_id)
    return title_of(found) if found else f"no. {page_id}"


def _lately(days: int | None) -> str:
    return "" if days is None else f" in the last {_days(days)}"


def _days(days: int) -> str:
    return "day" if days == 1 else f"{days} days"


def _listed(names: Iterable[str]) -> str:
    return " or ".join(names)


def _language(code: str) -> str:
    return Locale.parse(code).get_display_name("en") or code
