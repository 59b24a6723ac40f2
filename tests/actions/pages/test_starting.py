import pytest
import yaml
from flask import Flask

from actions.actors import OPERATOR
from actions.extensions import db
from actions.pages.models import Page, PageKind, PageState, TargetRule
from actions.pages.operations import revise_wordings
from actions.pages.queries import standing_words, targets_of, wordings
from actions.pages.reaching import Chosen
from actions.pages.readiness import GAPS, PRIVACY, problems_of
from actions.pages.starting import STARTERS, Start, begin_language, choose_targets, copy_page, free_slug, start_page
from email_templates.language import LANGUAGES
from tests.factories.organisation import make_organisation
from tests.factories.page_words import DETAILS, WORDS, make_picture
from tests.factories.pages import make_page, make_target

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture(autouse=True)
def _organisation(app: Flask) -> None:
    make_organisation()


def start(kind: PageKind = PageKind.URGENT_ACTION, language: str = "en", **changes: str) -> Page:
    values = {"title": "Free Ilen Varo, the midwife", "country": "KH"} | changes
    return start_page(Start(kind=kind, language=language, **values), by=OPERATOR)


@pytest.mark.parametrize("kind", PageKind)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.requirement("C-35")
def test_a_new_page_has_its_privacy_wording_in_every_language(kind: PageKind, language: str) -> None:
    page = start(kind, language)
    words = standing_words(page)[language]
    assert page.state is PageState.DRAFT
    assert set(words.privacy) == set(PRIVACY)
    assert "{" not in "".join(words.privacy.values()).replace("{target}", "")
    assert [block["type"] for block in words.blocks] == ["heading"] * (2 if kind is PageKind.PETITION else 3)


def test_a_starter_is_there_in_every_language_of_ours() -> None:
    assert set(yaml.safe_load(STARTERS.read_text(encoding="utf-8"))) == set(LANGUAGES)


def test_the_gaps_are_filled_when_somebody_is_chosen_to_write_to() -> None:
    page = start()
    assert "{target}" in standing_words(page)["en"].privacy["who_gets_it"]
    choose_targets(page, [make_target()], by=OPERATOR)
    words = standing_words(page)["en"]
    assert not any(gap in text for gap in GAPS for text in words.privacy.values())
    assert "Ambassador Example" in words.privacy["who_gets_it"]
    assert words.petition["addressees"] == ["Ambassador Example"]


def test_a_page_with_a_gap_cannot_be_opened() -> None:
    page = start()
    problems = problems_of(page, wordings(page), targets_of(page))
    assert "in en: {target} still stands where a name belongs" in problems


def test_a_petition_needs_nobody_to_write_to_and_a_letter_no_petition() -> None:
    make_picture("river.webp")
    for kind in (PageKind.PETITION, PageKind.LETTER):
        page = start(kind)
        page.lead_picture = DETAILS.lead_picture
        lacking = {"letter": {}} if kind is PageKind.PETITION else {"petition": {}}
        if kind is PageKind.LETTER:
            choose_targets(page, [make_target()], by=OPERATOR)
        revise_wordings(page, {"en": type(WORDS)(**(WORDS.to_json() | lacking))}, by=OPERATOR)
        assert problems_of(page, wordings(page), targets_of(page)) == []


def test_a_translation_begins_with_what_needs_none() -> None:
    make_target()
    page = start()
    begun = begin_language(page, "km")
    assert begun.title == ""
    assert set(begun.privacy) == set(PRIVACY)


def test_a_copy_has_the_words_and_targets_and_an_address_of_its_own() -> None:
    original = make_page(targets=[make_target()], number="UA 1/26")
    copied = copy_page(original, "Free him", by=OPERATOR)
    assert (copied.state, copied.slug, copied.number, copied.action_until) == (PageState.DRAFT, "free-him", None, None)
    assert standing_words(copied)["en"].title == "Free him"
    assert standing_words(copied)["en"].petition == standing_words(original)["en"].petition
    assert targets_of(copied) == targets_of(original)


def test_an_address_is_made_of_the_title() -> None:
    assert free_slug("Frèe Ilen Varo!") == "free-ilen-varo"
    assert free_slug("ដោះលែង") == "page"
    db.session.commit()
    start(title="Page")
    assert free_slug("ដោះលែង") == "page-2"


def test_where_the_writers_country_decides_the_gaps_wait_for_each_reader() -> None:
    page = start(PageKind.LETTER)
    rules = [Chosen(make_target(), TargetRule.EMBASSY), Chosen(make_target("council", email="council@office.test"))]
    choose_targets(page, rules, by=OPERATOR)
    assert "{target}" in standing_words(page)["en"].privacy["who_gets_it"]
    assert not any("{target}" in problem for problem in problems_of(page, wordings(page), targets_of(page)))
