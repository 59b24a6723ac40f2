import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from email_templates.block_checking import FIELDS, UnknownBlock, check_blocks, sanitise_blocks
from email_templates.content import Block
from tests.factories.emails import blocks_in

PICTURE = {"type": "picture", "media": "m", "alt": "A", "caption": "", "credit": "C"}
VALUES = st.one_of(st.text(max_size=20), st.integers(), st.booleans(), st.none(), st.lists(st.text(max_size=5)))
NAMES = sorted({name for fields in FIELDS.values() for name in fields})


def wrong(block: Block) -> list[str]:
    return [str(problem) for problem in check_blocks([block])]


def test_good_blocks_have_no_problems() -> None:
    assert check_blocks([*blocks_in("en"), {"type": "button", "text": "Go", "url": "act"}, PICTURE]) == []


def test_a_problem_names_the_block_the_field_and_what_to_do() -> None:
    blocks: list[Block] = [{"type": "divider"}, PICTURE | {"alt": " "}, {"type": "poll"}]
    first, second = check_blocks(blocks)
    assert str(first) == "Block 2, picture, alt is missing"
    assert str(second).startswith("Block 3, poll, type must be one of heading, text,")


@pytest.mark.parametrize("field", ["media", "alt", "credit"])
def test_a_picture_needs_its_words_and_its_maker(field: str) -> None:
    assert wrong(PICTURE | {field: ""}) == [f"Block 1, picture, {field} is missing"]


@pytest.mark.parametrize("url", ["javascript:x", "//x.test", "/desk", "data:text/html,x", "x", "", None, 7, "Act"])
def test_a_button_leads_to_the_web_a_mailbox_or_the_act(url: object) -> None:
    (problem,) = wrong({"type": "button", "text": "Go", "url": url})
    assert problem.endswith("must begin with https://, http:// or mailto:, or be the word act")


@pytest.mark.parametrize("url", ["act", "mailto:a@b.test", "ftp://x.test"])
def test_a_video_is_on_the_web(url: str) -> None:
    assert wrong({"type": "video", "title": "T", "url": url}) == [
        "Block 1, video, url must begin with https:// or http://",
    ]


@pytest.mark.parametrize("level", [1, 4, "2", None, True])
def test_a_heading_is_of_the_second_or_third_level(level: object) -> None:
    assert wrong({"type": "heading", "text": "T", "level": level}) == ["Block 1, heading, level must be 2 or 3"]


def test_a_list_has_entries_of_text() -> None:
    assert wrong({"type": "list", "ordered": True, "items": []}) == [
        "Block 1, list, items must be a list with at least one entry",
    ]
    assert wrong({"type": "list", "ordered": "no", "items": ["a", ""]}) == [
        "Block 1, list, ordered must be true or false",
        "Block 1, list, items has an entry that is missing",
    ]


def test_what_is_not_text_is_said_to_be_wrong() -> None:
    assert wrong({"type": "quotation", "text": 7, "source": 7}) == [
        "Block 1, quotation, text must be text",
        "Block 1, quotation, source must be text",
    ]


@pytest.mark.requirement("W-12")
def test_only_known_fields_and_safe_html_are_stored() -> None:
    stored = sanitise_blocks([{"type": "text", "html": "<p onclick=x>a<script>b</script></p>", "onload": "x"}])
    assert stored == [{"type": "text", "html": "<p>a</p>"}]


def test_a_block_that_nothing_can_draw_is_refused() -> None:
    with pytest.raises(UnknownBlock, match="poll"):
        sanitise_blocks([{"type": "poll"}])


@pytest.mark.requirement("W-12")
@example(kind="heading", fields={"level": []})
@given(kind=st.sampled_from(sorted(FIELDS)), fields=st.dictionaries(st.sampled_from(NAMES), VALUES))
def test_any_block_can_be_checked_and_is_stored_the_same_way_twice(kind: str, fields: dict[str, object]) -> None:
    block = {**fields, "type": kind}
    check_blocks([block])
    once = sanitise_blocks([block])
    assert sanitise_blocks(once) == once
