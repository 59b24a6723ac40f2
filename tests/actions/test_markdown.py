import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.markdown import as_markdown, from_markdown

WORDS = st.lists(
    st.sampled_from(["she", "1.", "#5", "- no", "> yes", "2014. A", "a_b", "[x]", "+", "{{country}}"]), min_size=1
)
INLINE = WORDS.map(" ".join).flatmap(
    lambda words: st.sampled_from(
        ["{}", "<strong>b</strong> {}", "<em>c</em> {}", '<a href="https://x.test">d</a> {}']
    ).map(lambda around: around.format(words.replace(">", "&gt;")))
)
PARAGRAPHS = st.lists(INLINE.map("<p>{}</p>".format), min_size=1, max_size=3).map("".join)
LISTS = st.tuples(
    st.sampled_from(["ul", "ol"]), st.lists(INLINE.map("<li>{}</li>".format), min_size=1, max_size=3).map("".join)
).map(lambda parts: f"<{parts[0]}>{parts[1]}</{parts[0]}>")
QUOTATIONS = PARAGRAPHS.map("<blockquote>{}</blockquote>".format)
STORIES = st.tuples(PARAGRAPHS, LISTS, PARAGRAPHS, QUOTATIONS, PARAGRAPHS).map("".join)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>One<br>two</p>", "One  \ntwo"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ("<ol><li>a</li></ol>", "1. a"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"),
        ("<ul><li><p>a</p><p>b</p></li><li><p>c</p></li></ul>", "- a\n\n  b\n\n- c"),
        ("<blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "> a\n>\n> b\n\nc"),
        ('<p><a href="https://example.org">here</a></p>', "[here](https://example.org)"),
        ("<p>2 * 3_4 [x]</p>", "2 \\* 3\\_4 \\[x\\]"),
        ("<p>2014. She came.</p>", "2014\\. She came."),
        ("g", "g"),
    ],
)
def test_html_reads_as_markdown(html: str, markdown: str) -> None:
    assert as_markdown(html) == markdown


@given(STORIES)
def test_what_the_editor_wrote_can_go_on_without_it(html: str) -> None:
    assert from_markdown(as_markdown(html)).replace("\n", "") == html


def test_html_in_markdown_is_words() -> None:
    assert "<script>" not in from_markdown("<script>x</script>")
