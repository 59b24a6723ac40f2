"""Whom a writer's letter reaches: the targets of a page, each with its rule, and where the writer lives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from actions.pages.models import TargetRule
from actions.targets.models import Target, TargetKind

# Who speaks for a state abroad; of two in one country the first of these is written to.
EMBASSIES = (TargetKind.AMBASSADOR, TargetKind.CONSULATE)


@dataclass(frozen=True)
class Chosen:
    """A target of a page; `countries` are its writers' under the rule that names them."""

    target: Target
    rule: TargetRule = TargetRule.EVERYONE
    countries: tuple[str, ...] = ()

    def __str__(self) -> str:
        """For the audit log."""
        if self.rule is TargetRule.EVERYONE:
            return self.target.slug
        return " ".join([self.target.slug, f"({self.rule.value})", *self.countries])


def asks_country(chosen: Iterable[Chosen]) -> bool:
    """Whom a letter reaches depends on where its writer lives."""
    return any(one.rule is not TargetRule.EVERYONE for one in chosen)


def reached(chosen: Sequence[Chosen], country: str) -> list[Target]:
    """In the page's order. An empty `country` is one that is not known: those who hear from everyone."""
    embassy = _embassy(chosen, country)
    return [one.target for one in chosen if _reaches(one, country, embassy)]


def outcomes(chosen: Sequence[Chosen], countries: Iterable[str]) -> dict[tuple[Target, ...], list[str]]:
    """Targets -> the countries whose writers reach just these; nobody's come last, under the empty tuple."""
    found: dict[tuple[Target, ...], list[str]] = {}
    for country in countries:
        found.setdefault(tuple(reached(chosen, country)), []).append(country)
    return dict(sorted(found.items(), key=lambda outcome: (not outcome[0], len(outcome[1]))))


def _reaches(one: Chosen, country: str, embassy: Target | None) -> bool:
    match one.rule:
        case TargetRule.EVERYONE:
            return True
        case TargetRule.COUNTRIES:
            return country in one.countries
        case TargetRule.EMBASSY:
            return one.target is embassy
        case TargetRule.HOME:
            return bool(country) and embassy is None


def _embassy(chosen: Sequence[Chosen], country: str) -> Target | None:
    """The one in that country, else the one that is accredited to it."""
    embassies = [one.target for one in chosen if one.rule is TargetRule.EMBASSY and one.target.kind in EMBASSIES]
    embassies.sort(key=lambda target: EMBASSIES.index(target.kind))
    there = (target for target in embassies if target.country == country)
    accredited = (target for target in embassies if country in target.accredited_to)
    return next(there, None) or next(accredited, None)
