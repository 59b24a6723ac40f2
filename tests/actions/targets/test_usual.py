import re

import pytest

from actions.targets.models import TargetKind
from actions.targets.usual import GAP, address_languages, usual_for

CODES = ("en", "fr", "es", "de", "ar", "km")
# What would tell a gender; a first choice is one that does not, where the language has one.
GENDERED = re.compile(r"\b(?:Monsieur|Madame|Señora?|Herrn?|Frau|Mr|Mrs|Ms|His|Her)\b")


@pytest.mark.parametrize("kind", TargetKind)
@pytest.mark.parametrize("language", CODES)
def test_every_kind_of_office_can_be_addressed_in_every_language(kind: TargetKind, language: str) -> None:
    choices = usual_for(kind, language)
    assert choices
    for usual in choices:
        assert GAP in usual.envelope
        assert usual.salutation
        assert usual.close
    assert len({(one.envelope, one.salutation) for one in choices}) == len(choices)


@pytest.mark.parametrize("kind", TargetKind)
@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_the_first_choice_tells_no_gender_where_the_language_has_such_a_form(kind: TargetKind, language: str) -> None:
    first = usual_for(kind, language)[0]
    # Which speaks to either.
    said = first.salutation.removeprefix("Madame, Monsieur,")
    assert not GENDERED.search(f"{first.envelope} {said}")


@pytest.mark.parametrize("language", ["ar", "km"])
def test_where_a_language_forces_one_both_are_offered(language: str) -> None:
    assert len(usual_for(TargetKind.AMBASSADOR, language)) == 2


def test_the_name_stands_in_its_gap() -> None:
    usual = usual_for(TargetKind.AMBASSADOR, "en")[0]
    assert usual.filled("Oda Merrin")["envelope"].split("\n") == [
        "H.E. Oda Merrin",
        "Ambassador Extraordinary and Plenipotentiary",
    ]
    assert GAP in usual.filled("")["envelope"]


def test_a_name_that_brings_its_title_along_gets_no_second_one() -> None:
    usual = usual_for(TargetKind.AMBASSADOR, "fr")[0]
    assert usual.filled("Her Excellency Ms. Oda Merrin")["envelope"] == "Her Excellency Ms. Oda Merrin"


def test_languages_that_no_page_speaks_are_known_by_their_own_names() -> None:
    known = address_languages()
    assert list(known) == ["en", "ar", "km", "fr", "es", "de"]
    assert (known["fr"].name_in_itself, known["fr"].is_ours) == ("français", False)
    assert (known["ar"].direction, known["ar"].is_ours) == ("rtl", True)
