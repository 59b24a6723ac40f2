import pytest
from hypothesis import given
from hypothesis import strategies as st

from email_templates.block_checking import check_blocks, sanitise_blocks
from email_templates.markdown import MarkdownRefused, markdown_blocks

PARTS = [
    "# ",
    "## ",
    "- ",
    "1. ",
    "> ",
    "[a](act)",
    "[b](https://x.test)",
    "**",
    "`",
    "\n",
    "\n\n",
    "    ",
    "---",
    "<b>",
]


def test_a_paragraph_is_text_with_its_links() -> None:
    assert markdown_blocks("Read *this* [report](https://x.test/?a=1&b=2).") == [
        {"type": "text", "html": '<p>Read <em>this</em> <a href="https://x.test/?a=1&amp;b=2">report</a>.</p>'},
    ]


@pytest.mark.parametrize(("marks", "level"), [("#", 2), ("##", 2), ("###", 3), ("#####", 3)])
def test_a_heading_is_of_the_second_or_third_level(marks: str, level: int) -> None:
    assert markdown_blocks(f"{marks} Who *they* are") == [{"type": "heading", "text": "Who they are", "level": level}]


def test_a_link_to_the_act_that_stands_alone_is_a_button() -> None:
    assert markdown_blocks("[Sign the petition](act)") == [
        {"type": "button", "text": "Sign the petition", "url": "act"},
    ]


def test_a_link_to_the_act_inside_a_sentence_stays_one() -> None:
    assert markdown_blocks("Please [sign](act) today.") == [
        {"type": "text", "html": '<p>Please <a href="act">sign</a> today.</p>'},
    ]


def test_a_link_to_elsewhere_that_stands_alone_is_no_button() -> None:
    assert markdown_blocks("[Report](https://x.test)") == [
        {"type": "text", "html": '<p><a href="https://x.test">Report</a></p>'},
    ]


def test_plain_lists_are_lists_and_rich_ones_are_text() -> None:
    assert markdown_blocks("- one\n  more\n- two\n\n1. first") == [
        {"type": "list", "ordered": False, "items": ["one more", "two"]},
        {"type": "list", "ordered": True, "items": ["first"]},
    ]
    (rich,) = markdown_blocks("- one [link](https://x.test)")
    assert rich["type"] == "text"
    assert "https://x.test" in str(rich["html"])


def test_a_quotation_may_say_whose_it_is() -> None:
    assert markdown_blocks("> Let them go.\n> — Open Door") == [
        {"type": "quotation", "text": "Let them go.", "source": "Open Door"},
    ]
    assert markdown_blocks("> Let them\n> go.") == [{"type": "quotation", "text": "Let them\ngo.", "source": ""}]


def test_a_rule_divides() -> None:
    assert markdown_blocks("---") == [{"type": "divider"}]


def test_a_picture_is_refused_with_its_line_and_what_to_do() -> None:
    with pytest.raises(MarkdownRefused, match=r"Line 3: a picture needs a credit .* Add it as a picture block\."):
        markdown_blocks("Hello\n\n![a](https://x.test/a.png)")


@pytest.mark.requirement("W-12")
def test_html_is_words_and_scripts_do_not_run() -> None:
    (block,) = markdown_blocks("<script>x</script> [y](javascript:x)")
    assert block["html"] == "<p>&lt;script&gt;x&lt;/script&gt; [y](javascript:x)</p>"


def test_placeholders_pass_through() -> None:
    (block,) = markdown_blocks("Dear {{first_name|friend}},")
    assert block["html"] == "<p>Dear {{first_name|friend}},</p>"


@given(st.lists(st.one_of(st.sampled_from(PARTS), st.text(max_size=6)), max_size=15).map("".join))
def test_whatever_is_written_becomes_blocks_that_may_be_stored(markdown: str) -> None:
    try:
        blocks = markdown_blocks(markdown)
    except MarkdownRefused:
        return
    assert sanitise_blocks(blocks) == blocks
    assert all("is missing" in problem.reason for problem in check_blocks(blocks))
