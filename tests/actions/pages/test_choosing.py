import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from actions.pages.choosing import standing_choices, typed_choices, who_writes_to_whom
from actions.pages.models import TargetRule
from actions.pages.reaching import Chosen
from actions.targets.models import Target, TargetKind

EMBASSY = Target(id=1, slug="embassy", kind=TargetKind.AMBASSADOR, country="DE", accredited_to=["AT"])
FIRM = Target(id=2, slug="firm", kind=TargetKind.COMPANY, country="US", accredited_to=[])


def test_what_stands_is_shown_as_it_would_be_typed(app: Flask) -> None:
    embassy, firm = standing_choices([EMBASSY, FIRM], [Chosen(FIRM, TargetRule.COUNTRIES, ("DE", "XX"))])
    assert (embassy.is_chosen, embassy.where, embassy.countries) == (False, "Germany", "")
    assert (firm.is_chosen, firm.countries) == (True, "Germany, XX")


def test_only_an_embassy_can_be_chosen_as_one(app: Flask) -> None:
    embassy, firm = standing_choices([EMBASSY, FIRM], [])
    assert ("embassy" in embassy.rules, "embassy" in firm.rules) == (True, False)


@pytest.mark.parametrize("named", ["", "everybody", "everyone"])
def test_a_rule_that_is_none_is_everyone(app: Flask, named: str) -> None:
    (choice,) = typed_choices([FIRM], MultiDict({"target": "2", "rule-2": named}))
    assert choice.chosen() == Chosen(FIRM)


def test_a_mistake_beside_somebody_who_is_not_chosen_is_none(app: Flask) -> None:
    (choice,) = typed_choices([FIRM], MultiDict({"rule-2": "countries", "countries-2": "Atlantis"}))
    assert (choice.is_chosen, choice.error) == (False, "")


def test_who_writes_to_whom_is_told_where_it_differs(app: Flask) -> None:
    assert who_writes_to_whom([Chosen(EMBASSY)]) == []
    first, *_, nobody = who_writes_to_whom([Chosen(EMBASSY, TargetRule.EMBASSY)])
    assert (list(first.targets), list(first.countries)) == ([EMBASSY], ["Austria", "Germany"])
    assert list(nobody.targets) == []
    assert "France" in nobody.countries
