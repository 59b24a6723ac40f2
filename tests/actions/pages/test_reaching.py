from typing import Any

import pytest
from flask import Flask

from actions.pages.models import TargetRule
from actions.pages.reaching import Chosen, asks_country, outcomes, reached
from actions.targets.models import Target, TargetKind

EVERYONE, COUNTRIES, EMBASSY, HOME = TargetRule


def target(slug: str, country: str, kind: TargetKind = TargetKind.AMBASSADOR, **rest: Any) -> Target:
    return Target(slug=slug, kind=kind, country=country, **({"accredited_to": []} | rest))


KING = target("king", "KH", TargetKind.HEAD_OF_STATE)
MINISTRY = target("ministry", "KH", TargetKind.MINISTER)
BERLIN = target("berlin", "DE", accredited_to=["AT", "FR"])
PARIS = target("paris", "FR", accredited_to=["FR", "MC"])
LYON = target("lyon", "FR", TargetKind.CONSULATE)
OSLO = target("oslo", "NO", TargetKind.CONSULATE)
COMPANY = target("company", "US", TargetKind.COMPANY)
SHOP = target("shop", "ES", TargetKind.COMPANY)
ALL = [
    Chosen(KING),
    Chosen(LYON, EMBASSY),
    Chosen(BERLIN, EMBASSY),
    Chosen(PARIS, EMBASSY),
    Chosen(OSLO, EMBASSY),
    # No embassy, so whatever its rule says it is none that a writer's country has.
    Chosen(SHOP, EMBASSY),
    Chosen(MINISTRY, HOME),
    Chosen(COMPANY, COUNTRIES, ("US", "DE")),
]


@pytest.mark.parametrize(
    ("country", "slugs"),
    [
        ("DE", ["king", "berlin", "company"]),
        ("AT", ["king", "berlin"]),
        # The one that stands there, though Berlin is accredited too; and the ambassador before the consul.
        ("FR", ["king", "paris"]),
        ("MC", ["king", "paris"]),
        ("NO", ["king", "oslo"]),
        ("ES", ["king", "ministry"]),
        ("US", ["king", "ministry", "company"]),
        ("KH", ["king", "ministry"]),
        ("", ["king"]),
    ],
)
def test_a_letter_reaches_whom_the_rules_say(app: Flask, country: str, slugs: list[str]) -> None:
    assert [one.slug for one in reached(ALL, country)] == slugs


@pytest.mark.parametrize(("rule", "asks"), [(EVERYONE, False), (COUNTRIES, True), (EMBASSY, True), (HOME, True)])
def test_the_country_is_asked_for_where_it_matters(app: Flask, rule: TargetRule, *, asks: bool) -> None:
    assert asks_country([Chosen(KING), Chosen(BERLIN, rule)]) is asks


def test_without_a_ministry_some_countries_reach_nobody_and_they_stand_last(app: Flask) -> None:
    chosen = [Chosen(BERLIN, EMBASSY), Chosen(COMPANY, COUNTRIES, ("US",))]
    assert outcomes(chosen, ["AT", "BR", "DE", "IS", "JP", "US"]) == {
        (COMPANY,): ["US"],
        (BERLIN,): ["AT", "DE"],
        (): ["BR", "IS", "JP"],
    }


def test_a_rule_is_named_in_the_audit_log(app: Flask) -> None:
    assert [str(one) for one in (Chosen(KING), ALL[-1])] == ["king", "company (countries) US DE"]
