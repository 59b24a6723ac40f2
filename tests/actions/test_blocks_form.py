import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from actions.blocks_form import LONGEST_HTML, MOST_BLOCKS, empty_block, moves_blocks, read_blocks
from email_templates.block_checking import FIELDS
from tests.factories.blocks import typed_blocks

BLOCKS = [
    {"type": "heading", "text": "What happened", "level": 3},
    {
        "type": "text",
        "html": '<p>She said <strong>no</strong> in <span lang="km">ខេមរា</span>.</p><p>Then <em>twice</em>.</p>',
    },
    {"type": "picture", "media": "gate", "alt": "A gate", "caption": "", "credit": "Us"},
    {"type": "quotation", "text": "One.\nTwo.", "source": "She"},
    {"type": "list", "ordered": True, "items": ["One", "Two"]},
    {"type": "button", "text": "Sign", "url": "act"},
    {"type": "question", "text": "And you?", "link_text": "Tell us", "url": "https://example.org"},
    {"type": "video", "title": "The arrest", "url": "https://example.org/v"},
    {"type": "divider"},
]


def form(**more: str) -> MultiDict[str, str]:
    return MultiDict(typed_blocks("story", BLOCKS) | more)


def test_blocks_come_back_from_their_form_as_they_were() -> None:
    assert read_blocks(form(), "story") == BLOCKS
    assert read_blocks(form(), "another") == []


def test_every_kind_of_block_can_be_added() -> None:
    for kind in FIELDS:
        assert read_blocks(form(do=f"story:add:{kind}"), "story") == [*BLOCKS, empty_block(kind)]


@pytest.mark.parametrize(
    ("do", "order"),
    [
        ("story:up:1", [1, 0, 2]),
        ("story:up:0", [0, 1, 2]),
        ("story:down:0", [1, 0, 2]),
        ("story:down:8", [0, 1, 2]),
        ("story:remove:1", [0, 2, 3]),
        ("another:remove:1", [0, 1, 2]),
        ("story:remove:99", [0, 1, 2]),
        ("story:remove:x", [0, 1, 2]),
        ("save", [0, 1, 2]),
    ],
)
def test_a_button_moves_its_block(do: str, order: list[int]) -> None:
    assert read_blocks(form(do=do), "story")[:3] == [BLOCKS[place] for place in order]
    assert moves_blocks(form(do=do)) is (do != "save")


def test_what_is_typed_is_markdown_and_scripts_are_words() -> None:
    typed = form(**{"story-1-html": "One **word**, [a link](https://example.org).\r\n\r\n<script>x</script>"})
    html = read_blocks(typed, "story")[1]["html"]
    assert "<strong>word</strong>" in html
    assert 'href="https://example.org"' in html
    assert "<script>" not in html


def rich(html: str, **more: str) -> str:
    """What is kept of this, when the editor of the second block sends it."""
    return str(read_blocks(form(**{"story-1-rich": html}, **more), "story")[1]["html"])


def test_what_the_editor_sends_is_kept_by_the_allow_list() -> None:
    words = '<p>One <strong>word</strong>, <span lang="km" dir="ltr">ខេមរា</span>.</p><ul><li>a</li></ul>'
    assert rich(words) == words
    assert rich("<p>{{first_name|friend}}</p>") == "<p>{{first_name|friend}}</p>"


@pytest.mark.requirement("W-12")
def test_nothing_hostile_comes_with_the_editor() -> None:
    hostile = '<p onclick="x" style="position:fixed">a<script>x</script><img src=x onerror=x></p>'
    assert rich(hostile + '<a href="javascript:x">b</a>') == "<p>a</p><a>b</a>"
    assert len(rich("<p>" * LONGEST_HTML)) <= 3 * LONGEST_HTML


@pytest.mark.parametrize("html", ["", "<p></p>", "<p>&nbsp;</p><p><br></p>", "<script>x</script>"])
def test_an_empty_editor_is_no_text(html: str) -> None:
    assert rich(html) == ""


def test_blocks_stand_in_the_order_in_which_the_form_names_them() -> None:
    typed = typed_blocks("story", BLOCKS)
    moved = MultiDict(sorted(typed.items(), key=lambda field: -int(field[0].split("-")[1])))
    assert read_blocks(moved, "story") == BLOCKS[::-1]


def test_a_block_that_was_taken_out_leaves_its_number_free() -> None:
    typed = {field: text for field, text in typed_blocks("story", BLOCKS).items() if not field.startswith("story-1-")}
    assert read_blocks(MultiDict(typed), "story") == [BLOCKS[0], *BLOCKS[2:]]
    assert read_blocks(MultiDict(typed | {"do": "story:up:2"}), "story")[:2] == [BLOCKS[2], BLOCKS[0]]
    assert read_blocks(MultiDict(typed | {"do": "story:remove:1"}), "story") == [BLOCKS[0], *BLOCKS[2:]]


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=200))
def test_any_text_can_be_typed(text: str) -> None:
    typed = form(**{"story-1-html": text, "story-1-was": text, "story-0-text": text})
    blocks = read_blocks(typed, "story")
    again = read_blocks(MultiDict(typed_blocks("story", blocks)), "story")
    assert again == blocks


def test_a_form_without_an_end_is_not_read_to_its_end() -> None:
    endless = MultiDict({f"story-{number}-type": "divider" for number in range(MOST_BLOCKS * 2)})
    assert len(read_blocks(endless, "story")) == MOST_BLOCKS
