"""The demonstration's data: whole in each of its languages, and true to the action that it retells."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import yaml
from PIL import Image
from pydantic import TypeAdapter

from actions.pages.loading import PageFile
from actions.pages.models import TargetRule
from actions.pages.reaching import Chosen, reached
from actions.targets.models import Target
from actions.targets.operations import TargetDetails
from email_templates.block_checking import FIELDS, check_blocks, sanitise_blocks

DEMO = Path(__file__).parents[3] / "actions" / "demo"
PICTURES = DEMO / "pictures"
LANGUAGES = {"en", "ar", "km"}
SCRIPT = {"ar": re.compile("[\u0600-\u06ff]"), "km": re.compile("[\u1780-\u17ff]"), "en": re.compile("[A-Za-z]")}
RESERVED = re.compile(r"(?:\.test|(?:^|\.)example\.org)$")
# What nobody sees and what Khmer or Arabic copied from elsewhere brings along (L-05).
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
WORDING = {
    "title", "summary", "notice", "lead_alt", "lead_caption", "lead_credit", "blocks", "petition", "letter",
    "safety_note", "post_note", "privacy", "share_text", "donation_text",
}  # fmt: skip
LETTER = {"subject", "body", "points", "sentences"}
# In a language that no page speaks, with the words in the page's own.
LETTERS_BESIDE = {f"{part}_{code}" for part in ("subject", "body", "sentences") for code in ("de", "fr", "es")}
PRIVACY = {"who_asks", "what_for", "who_gets_it", "which_state", "how_long", "how_to_withdraw"}
PLACEHOLDERS = {
    "sign": set(),
    "write": set(),
    "disclose": {"target", "state"},
    "show_name": set(),
    "case_news": {"page"},
    "list": {"list"},
    "measurement": set(),
}
PAGES = sorted((DEMO / "pages").glob("*.yaml"))
WORDS = [(page, language) for page in PAGES for language in sorted(LANGUAGES)]


def read(name: str | Path) -> Any:
    return yaml.safe_load((DEMO / name).read_text(encoding="utf-8"))


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def all_files() -> list[Path]:
    return sorted([*DEMO.rglob("*.yaml"), *DEMO.rglob("*.md")])


def slug_of(rule: Any) -> str:
    return str(rule if isinstance(rule, str) else rule.target)


def without_readers(target: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in target.items() if key not in {"honorific", "envelope_name"}}


def blocks_of(page: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    updates = [block for update in page["updates"] for block in update["wordings"][language]["blocks"]]
    return [*page["wordings"][language]["blocks"], *updates]


def test_three_pages_stand_in_the_demonstration() -> None:
    there = {"mu-sochua", "ilen-varo", "radio-lark"}
    assert {read(path)["slug"] for path in PAGES} == {path.stem for path in PAGES} == there


def test_one_of_them_goes_by_rule() -> None:
    page = PageFile.model_validate(read("pages/radio-lark.yaml"))
    targets = {one["slug"]: one for one in read("targets.yaml")}
    details = [
        TypeAdapter(TargetDetails).validate_python(without_readers(targets[slug_of(one)])) for one in page.targets
    ]
    chosen = [
        Chosen(Target(**vars(one)), TargetRule.EVERYONE if isinstance(rule, str) else rule.rule)
        for one, rule in zip(details, page.targets, strict=True)
    ]
    reach = {code: [one.slug for one in reached(chosen, code)] for code in ("US", "DE", "AT", "LU", "ES", "KH")}
    council = "chair-pell-ardin"
    assert reach == {
        "US": ["ambassador-oda-merrin", council],
        "DE": ["ambassador-jorin-halde", council],
        "AT": ["ambassador-jorin-halde", council],
        "LU": ["ambassador-selme-orvain", council],
        "ES": ["ambassador-tavo-brens", council],
        "KH": ["minister-nerys-coll", council],
    }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_each_page_has_the_shape_that_is_loaded(path: Path) -> None:
    assert PageFile.model_validate(read(path)).words().keys() == LANGUAGES


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
@pytest.mark.requirement("C-33")
def test_each_page_says_on_what_ground_it_asks_and_is_labelled(path: Path) -> None:
    page = read(path)
    assert page["legal_basis"] == {"article6": "6(1)(a)", "article9": "9(2)(a)"}
    assert page["demonstration"] is True
    assert page["retention_months"] == 6
    assert page["goal"] == (2000 if page["kind"] == "letter" else 15000)
    chosen = {slug_of(one) for one in PageFile.model_validate(page).targets}
    assert chosen <= {target["slug"] for target in read("targets.yaml")}
    assert set(page["wordings"]) == LANGUAGES


@pytest.mark.parametrize(("path", "language"), WORDS)
@pytest.mark.requirement("C-35", "P-25")
def test_each_page_is_whole_in_each_language(path: Path, language: str) -> None:
    page = read(path)
    words = page["wordings"][language]
    assert set(words) == WORDING
    assert set(words["petition"]) == (set() if page["kind"] == "letter" else {"statement", "addressees"})
    assert set(words["letter"]) - LETTERS_BESIDE in ({"subject", "body", "points"}, LETTER)
    assert set(words["privacy"]) == PRIVACY
    assert "privacy@open-door.test" in words["privacy"]["who_asks"]
    assert "privacy@open-door.test" in words["privacy"]["how_to_withdraw"]
    said = words | {"blocks": [], "letter": {key: words["letter"].get(key, "") for key in LETTER}}
    for text in filter(None, strings(said)):
        assert SCRIPT[language].search(text), text
    assert len(words["letter"]["body"].split("\n\n")) >= 4
    assert len(words["letter"]["subject"]) <= 120


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_each_language_tells_the_same_story_in_the_same_order(path: Path) -> None:
    page = read(path)
    shapes = {
        tuple((block["type"], len(block.get("items", []))) for block in blocks_of(page, language))
        for language in LANGUAGES
    }
    assert len(shapes) == 1
    links = {tuple(block["url"] for block in blocks_of(page, language) if "url" in block) for language in LANGUAGES}
    assert len(links) == 1


@pytest.mark.parametrize(("path", "language"), WORDS)
def test_every_block_can_be_stored_and_comes_back_unchanged(path: Path, language: str) -> None:
    blocks = blocks_of(read(path), language)
    assert check_blocks(blocks) == []
    assert sanitise_blocks(blocks) == blocks


def test_the_pages_show_every_kind_of_block() -> None:
    shown = {block["type"] for path in PAGES for block in blocks_of(read(path), "en")}
    assert shown == set(FIELDS)


def test_the_reference_action_stands_as_on_22_july_2014() -> None:
    page = read("pages/mu-sochua.yaml")
    assert page["state"] == "open_with_update"
    assert (page["action_until"], page["action_until_days"]) == (None, None)
    assert page["flagged_country"] is True
    (update,) = page["updates"]
    assert (update["date"], update["outcome"]) == (date(2014, 7, 22), "partial")
    assert set(update["wordings"]) == LANGUAGES
    kinds = {block["type"] for block in blocks_of(page, "en")}
    assert {"picture", "quotation", "video", "question"} <= kinds


def test_khmer_stands_inside_the_english_and_the_arabic_text() -> None:
    page = read("pages/mu-sochua.yaml")
    assert '<span lang="km">ខេមរា</span>' in "".join(strings(page["wordings"]["en"]["blocks"]))
    assert '<span lang="km" dir="ltr">ខេមរា</span>' in "".join(strings(page["wordings"]["ar"]["blocks"]))


def test_nobody_real_is_quoted() -> None:
    page = read("pages/mu-sochua.yaml")
    sources = {
        "en": "Open Door Fund (demonstration)",
        "ar": "صندوق الباب المفتوح (عرض تجريبي)",
        "km": "មូលនិធិទ្វារបើកចំហ (ការបង្ហាញសាកល្បង)",
    }
    for language, source in sources.items():
        quoted = [block["source"] for block in blocks_of(page, language) if block["type"] == "quotation"]
        assert quoted
        assert all(one.startswith(source) for one in quoted)


def test_the_urgent_action_ends_sixty_days_after_loading_and_has_no_update_yet() -> None:
    page = read("pages/ilen-varo.yaml")
    assert (page["state"], page["action_until"], page["action_until_days"], page["updates"]) == ("open", None, 60, [])
    assert set(page["country_name"]) == LANGUAGES


def test_the_ambassador_of_the_reference_action_is_written_to_by_post_in_exactly_this_block() -> None:
    target = next(target for target in read("targets.yaml") if target["slug"] == "ambassador-hem-heng")
    assert target["lines"] == [
        "His Excellency Mr. Hem Heng",
        "Ambassador Extraordinary and Plenipotentiary",
        "Royal Embassy of Cambodia",
        "4530 16th Street, NW",
        "Washington, DC 20011",
    ]
    assert (target["email"], target["delivery"]) == (None, "post")
    assert (target["represents"], target["country"]) == ("KH", "US")


@pytest.mark.requirement("L-09")
def test_targets_say_how_they_are_addressed_and_how_much_they_bear() -> None:
    for target in read("targets.yaml"):
        assert target["demonstration"] is True
        assert target["lines"][0] == target["envelope_name"]
        assert set(target["wordings"]) == LANGUAGES
        assert set(target["languages"]) <= set(target["forms"])
        assert all({"salutation", "close"} <= set(form) for form in target["forms"].values())
        assert all(set(words) == {"name", "state"} for words in target["wordings"].values())
        assert (target["max_per_hour"], target["max_per_day"]) == (60, 500)


def test_the_invented_ambassador_can_be_written_to_both_ways() -> None:
    target = next(target for target in read("targets.yaml") if target["slug"] == "ambassador-oda-merrin")
    assert target["delivery"] == "email"
    assert target["email"]
    assert len(target["lines"]) == 5


def test_every_address_and_link_lies_under_a_reserved_domain() -> None:
    found = 0
    for path in all_files():
        for text in [path.read_text(encoding="utf-8")]:
            hosts = re.findall(r"https?://([^/\s\"]+)", text) + re.findall(r"[\w.+-]+@([\w.-]+\w)", text)
            found += len(hosts)
            assert all(RESERVED.search(host) for host in hosts), path
    assert found > 20


def test_no_text_holds_an_invisible_character() -> None:
    for path in all_files():
        assert not INVISIBLE.search(path.read_text(encoding="utf-8")), path


@pytest.mark.requirement("C-32", "C-33")
def test_each_consent_is_a_sentence_of_its_own_in_each_language() -> None:
    texts = read("consent_texts.yaml")
    assert set(texts) == set(PLACEHOLDERS)
    for purpose, wordings in texts.items():
        assert set(wordings) == LANGUAGES
        for language, sentence in wordings.items():
            assert SCRIPT[language].search(sentence)
            assert {name for _, name, _, _ in Formatter().parse(sentence) if name} == PLACEHOLDERS[purpose]
    flat = list(strings(texts))
    assert len(flat) == len(set(flat))


def test_the_organisation_is_invented_and_complete() -> None:
    organisation = read("organisation.yaml")
    assert organisation["demonstration"] is True
    assert "demonstration" in organisation["name"]
    assert len(organisation["networks"]) == 6
    assert set(organisation["senders"]) == {"now", "letters", "bulk"}
    assert set(organisation["wordings"]) == LANGUAGES
    (only,) = organisation["lists"]
    assert only["slug"] == "updates"
    assert set(only["wordings"]) == LANGUAGES
    assert re.fullmatch(r"[a-z0-9-]+", only["label"])


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_alert_and_the_first_update_are_written_in_each_language(language: str) -> None:
    for room in "alerts/alert", "updates/update":
        body = (DEMO / f"{room}.{language}.md").read_text(encoding="utf-8")
        assert SCRIPT[language].search(body)
        assert len(body.split("\n\n")) >= 5
    alert = read("alerts/alert.yaml")["wordings"][language]
    assert set(alert) == {"subject", "preheader"}


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_words_of_the_appeal_and_of_the_letter_change_with_the_update(language: str) -> None:
    update = read("updates/update-partial.yaml")
    before = read(f"pages/{update['slug']}.yaml")["wordings"][language]
    after = update["wordings"][language]
    assert update["outcome"] == "partial"
    assert after["petition"]["statement"] != before["petition"]["statement"]
    assert after["summary"] != before["summary"]
    assert set(after["letter"]) == set(before["letter"])
    assert after["letter"]["body"] != before["letter"]["body"]
    assert after["headline"]
    assert after["picture_alt"]


def referenced() -> set[str]:
    update = read("updates/update-partial.yaml")
    pages = [read(path) for path in PAGES]
    leads = {page["lead_picture"]["media"] for page in pages}
    inside = {block["media"] for page in pages for block in blocks_of(page, "en") if block["type"] == "picture"}
    return leads | inside | {update["picture"]["media"]}


def test_every_picture_is_shown_somewhere_and_none_is_missing() -> None:
    assert {path.name for path in PICTURES.glob("*.webp")} == referenced()


@pytest.mark.parametrize("name", sorted(referenced()))
def test_each_picture_is_small_and_can_be_drawn_again(name: str) -> None:
    path = PICTURES / name
    assert path.stat().st_size <= 150_000
    with Image.open(path) as picture:
        assert picture.size == (1600, 1000)
        assert picture.format == "WEBP"
    source = path.with_suffix(".svg").read_text(encoding="utf-8")
    assert "<text" not in source
    assert "<script" not in source
    assert "<image" not in source
