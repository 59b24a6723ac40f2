"""What a campaigner chooses on the screen of a page's targets: whom, and whose letters each of them gets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from actions.pages.models import TargetRule
from actions.pages.reaching import EMBASSIES, Chosen, asks_country, outcomes
from actions.targets.forms import country_code, parts
from actions.targets.models import Target
from email_templates.language import SOURCE_LANGUAGE, countries, country_name

RULES = {
    TargetRule.EVERYONE: "Everyone",
    TargetRule.COUNTRIES: "Writers in these countries",
    TargetRule.EMBASSY: "As an embassy, by country",
    TargetRule.HOME: "At home, where no embassy is",
}


@dataclass(frozen=True)
class Choice:
    """One target on the screen, as it is chosen or was typed; `countries` are names with commas between them."""

    target: Target
    is_chosen: bool
    rule: TargetRule
    countries: str
    error: str = ""

    @property
    def rules(self) -> Mapping[str, str]:
        """Those that fit: an embassy alone can be chosen as one."""
        fits = self.rule is TargetRule.EMBASSY or self.target.kind in EMBASSIES
        return {rule.value: words for rule, words in RULES.items() if fits or rule is not TargetRule.EMBASSY}

    @property
    def where(self) -> str:
        return country_name(self.target.country, SOURCE_LANGUAGE)

    def chosen(self) -> Chosen:
        """Of one without an error."""
        if self.rule is not TargetRule.COUNTRIES:
            return Chosen(self.target, self.rule)
        codes = (country_code(name) for name in parts(self.countries))
        return Chosen(self.target, self.rule, tuple(dict.fromkeys(code for code in codes if code)))


@dataclass(frozen=True)
class Outcome:
    """Writers in `countries`, by name, write to just these targets; to nobody, where there are none."""

    targets: Sequence[Target]
    countries: Sequence[str]


def standing_choices(every: Iterable[Target], chosen: Iterable[Chosen]) -> list[Choice]:
    names = dict(countries(SOURCE_LANGUAGE))
    known = {one.target.id: one for one in chosen}
    return [
        Choice(target, target.id in known, one.rule, ", ".join(names.get(code, code) for code in one.countries))
        for target in every
        for one in [known.get(target.id, Chosen(target))]
    ]


def typed_choices(every: Iterable[Target], typed: MultiDict[str, str]) -> list[Choice]:
    wanted = typed.getlist("target")
    return [_typed(target, typed, is_chosen=str(target.id) in wanted) for target in every]


def who_writes_to_whom(chosen: Sequence[Chosen]) -> list[Outcome]:
    """Of every country; nothing where it makes no difference."""
    if not asks_country(chosen):
        return []
    names = dict(countries(SOURCE_LANGUAGE))
    found = outcomes(chosen, names)
    return [Outcome(targets, [names[code] for code in codes]) for targets, codes in found.items()]


def _typed(target: Target, typed: MultiDict[str, str], *, is_chosen: bool) -> Choice:
    named = typed.get(f"rule-{target.id}", "")
    rule = TargetRule(named) if named in list(TargetRule) else TargetRule.EVERYONE
    text = typed.get(f"countries-{target.id}", "")
    return Choice(target, is_chosen, rule, text, _problem(target, rule, text) if is_chosen else "")


def _problem(target: Target, rule: TargetRule, text: str) -> str:
    if rule is TargetRule.EMBASSY and target.kind not in EMBASSIES:
        return "This is no embassy and no consulate. Choose another rule, or change what kind of office it is."
    if rule is not TargetRule.COUNTRIES:
        return ""
    unknown = [name for name in parts(text) if country_code(name) is None]
    if unknown:
        return f"No country has the name {', '.join(unknown)}. Write it in English, or as its code."
    return "" if parts(text) else "Write the countries whose writers write to them."
