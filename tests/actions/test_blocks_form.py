import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from actions.blocks_form import MOST_BLOCKS, as_markdown, empty_block, moves_blocks, read_blocks
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


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>One<br>two</p>", "One  \ntwo"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<ol><li>a</li></ol>", "1. a"),
        ('<p><a href="https://example.org">here</a></p>', "[here](https://example.org)"),
        ("<p>2 * 3_4 [x]</p>", "2 \\* 3\\_4 \\[x\\]"),
    ],
)
def test_html_reads_as_markdown(html: str, markdown: str) -> None:
    assert as_markdown(html) == markdown


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=200))
def test_any_text_can_be_typed(text: str) -> None:
    typed = form(**{"story-1-html": text, "story-1-was": text, "story-0-text": text})
    blocks = read_blocks(typed, "story")
    again = read_blocks(MultiDict(typed_blocks("story", blocks)), "story")
    assert again == blocks


def test_a_form_without_an_end_is_not_read_to_its_end() -> None:
    endless = MultiDict({f"story-{number}-type": "divider" for number in range(MOST_BLOCKS * 2)})
    assert len(read_blocks(endless, "story")) == MOST_BLOCKS
