from dataclasses import asdict
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from actions.extensions import db
from actions.media.models import Picture
from actions.pages.models import Page, PageWording
from actions.pages.queries import targets_of
from actions.pages.readiness import checklist, problems_of
from actions.targets.models import Target
from tests.factories.organisation import make_organisation
from tests.factories.page_words import DETAILS, WORDS, make_picture
from tests.factories.pages import add_wording, make_page, make_target


@pytest.fixture
def target(app: Flask) -> Target:
    make_organisation()
    make_picture("river.webp")
    return make_target()


def page_with(target: Target, page: dict[str, Any], words: dict[str, Any]) -> tuple[Page, dict[str, PageWording]]:
    made = make_page("whole", targets=[target], lead_picture=DETAILS.lead_picture, **page)
    made.version = 2
    return made, {"en": add_wording(made, "en", **(asdict(WORDS) | words))}


def problems(target: Target, page: dict[str, Any] | None = None, words: dict[str, Any] | None = None) -> list[str]:
    made, wordings = page_with(target, page or {}, words or {})
    return problems_of(made, wordings, targets_of(made))


def test_a_whole_page_has_no_problem(target: Target) -> None:
    assert problems(target) == []


GAP = "in en: {target} still stands where a name belongs"


@pytest.mark.parametrize(("key", "found"), [("who_gets_it", []), ("which_state", []), ("what_for", [GAP])])
def test_a_gap_may_stand_where_each_reader_sees_it_filled_and_nowhere_else(
    target: Target, key: str, found: list[str]
) -> None:
    assert problems(target, words={"privacy": WORDS.privacy | {key: "It is for {target}."}}) == found


@pytest.mark.requirement("C-33")
@pytest.mark.parametrize("lacking", ["article6", "article9"])
def test_both_legal_grounds_are_asked_for(target: Target, lacking: str) -> None:
    basis = {key: ground for key, ground in DETAILS.legal_basis.items() if key != lacking}
    assert len(problems(target, page={"legal_basis": basis})) == 1


@pytest.mark.requirement("C-35")
@pytest.mark.parametrize("lacking", sorted(WORDS.privacy))
def test_each_part_of_the_privacy_wording_is_asked_for(target: Target, lacking: str) -> None:
    privacy = {key: said for key, said in WORDS.privacy.items() if key != lacking}
    assert problems(target, words={"privacy": privacy}) == [f"in en: the privacy wording does not say {lacking}"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"title": ""}, "in en: it lacks a title"),
        ({"lead": {"credit": "x"}}, "in en: it lacks words for those who cannot see the lead picture"),
        ({"petition": {"statement": "x"}}, "in en: it lacks the petition's addressees"),
        (
            {"letter": {"subject": "x" * 121, "body": "x"}},
            "in en: the model letter's subject is longer than 120 characters",
        ),
        ({"blocks": [{"type": "heading", "text": "", "level": 2}]}, "in en: Block 1, heading, text is missing"),
    ],
)
def test_each_word_that_a_reader_needs_is_asked_for(target: Target, words: dict[str, Any], problem: str) -> None:
    assert problems(target, words=words) == [problem]


def test_a_flagged_page_needs_a_safety_note(target: Target) -> None:
    assert problems(target, page={"flagged": True}) == ["in en: it lacks a safety note"]


def test_a_page_is_there_in_its_own_language(target: Target) -> None:
    assert "there are no words in km, the page's own language" in problems(target, page={"default_language": "km"})


def test_somebody_asks_and_somebody_is_written_to(app: Flask) -> None:
    page = make_page(lead_picture=None, retention_months=0)
    found = problems_of(page, {}, [])
    assert "it is not set up yet who asks" in found
    assert "it has no target to write to" in found
    assert "it has no lead picture" in found
    assert "it does not say how many months signatures are kept" in found


def test_a_target_is_named_in_each_of_the_pages_languages(target: Target) -> None:
    target.wordings = {"km": {"name": "x", "state": "y"}}
    db.session.flush()
    assert problems(target) == ["ambassador has no name and state in en"]


def test_what_the_lead_picture_says_of_itself_is_enough(target: Target) -> None:
    made, wordings = page_with(target, {}, {"lead": {"alt": "", "caption": "A caption"}})
    assert len(problems_of(made, wordings, targets_of(made))) == 2
    river = db.session.scalars(select(Picture)).one()
    river.alt, river.credit = "A river", "Us"
    assert problems_of(made, wordings, targets_of(made)) == []


def test_a_translation_is_told_that_the_picture_speaks_another_language(target: Target) -> None:
    river = db.session.scalars(select(Picture)).one()
    river.alt, river.credit = "A river", "Us"
    made, wordings = page_with(target, {}, {"lead": {}})
    wordings["km"] = add_wording(made, "km", **(asdict(WORDS) | {"lead": {}}))
    told = [str(one) for one in checklist(made, wordings, targets_of(made)) if "picture's own words" in one.sentence]
    assert told == ["in km: what the lead picture shows is said in the picture's own words"]


def test_a_letter_in_a_language_of_its_own_is_whole_and_somebody_can_be_addressed_in_it(target: Target) -> None:
    letter = WORDS.letter | {"subject_de": "x" * 121, "body_fr": "Texte.", "subject_es": "Asunto", "body_es": "Texto."}
    made, wordings = page_with(target, {}, {"letter": letter})
    found = [str(one) for one in checklist(made, wordings, [target])]
    for sentence in (
        "in en: the letter in Deutsch lacks its text",
        "in en: the subject of the letter in Deutsch is longer than 120 characters",
        "in en: the letter in français lacks a subject",
        "nobody can be addressed in español, so its letter is never shown",
    ):
        assert sentence in found
    target.forms = target.forms | {"es": {"salutation": "Excelencia:", "close": "Atentamente,"}}
    assert "nobody can be addressed in español, so its letter is never shown" not in [
        str(one) for one in checklist(made, wordings, [target])
    ]
