"""What a campaigner writes in a Markdown file, as content blocks."""

from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from email_templates.content import ACT
from email_templates.sanitising import sanitise

_PARSER = MarkdownIt("commonmark", {"html": False})
_SOURCE_MARKS = ("— ", "-- ", "– ")
_LOWEST_HEADING = 3


class MarkdownRefused(ValueError):
    """The text asks for something that a block cannot hold; the message says what to do."""


def markdown_blocks(markdown: str) -> list[dict[str, object]]:
    """
    Paragraphs, headings, lists, quotations and rules. `[Sign the petition](act)` alone in a paragraph is a button.
    A quotation may end in a line `— who said it`.
    """
    tree = SyntaxTreeNode(_PARSER.parse(markdown))
    _refuse_pictures(tree)
    return [block for node in tree.children for block in _blocks(node)]


def _refuse_pictures(tree: SyntaxTreeNode) -> None:
    for node in tree.walk():
        if node.type == "inline" and any(child.type == "image" for child in node.walk()):
            line = node.map[0] + 1 if node.map else 1
            raise MarkdownRefused(
                f"Line {line}: a picture needs a credit and lies on our own server. Add it as a picture block.",
            )


def _blocks(node: SyntaxTreeNode) -> Iterator[dict[str, object]]:
    match node.type:
        case "heading":
            level = min(max(int(node.tag[1]), 2), _LOWEST_HEADING)
            yield {"type": "heading", "text": _plain(node), "level": level}
        case "hr":
            yield {"type": "divider"}
        case "blockquote":
            yield _quotation(node)
        case "bullet_list" | "ordered_list" if all(_is_plain_item(item) for item in node.children):
            items = [_plain(item) for item in node.children]
            yield {"type": "list", "ordered": node.type == "ordered_list", "items": items}
        case "paragraph" if link := _button_link(node):
            yield {"type": "button", "text": _plain(link), "url": ACT}
        case _:
            yield {"type": "text", "html": _html(node)}


def _quotation(node: SyntaxTreeNode) -> dict[str, object]:
    lines = "\n".join(_plain(child) for child in node.children).split("\n")
    source = ""
    if len(lines) > 1 and lines[-1].startswith(_SOURCE_MARKS):
        source = lines.pop()[2:].strip()
    return {"type": "quotation", "text": "\n".join(lines), "source": source}


def _is_plain_item(item: SyntaxTreeNode) -> bool:
    return all(node.type in {"list_item", "paragraph", "inline", "text", "softbreak"} for node in item.walk())


def _button_link(paragraph: SyntaxTreeNode) -> SyntaxTreeNode | None:
    inside = paragraph.children[0].children
    alone = inside[0] if len(inside) == 1 else None
    return alone if alone is not None and alone.type == "link" and alone.attrs.get("href") == ACT else None


def _plain(node: SyntaxTreeNode) -> str:
    """The words without their marks; a line break stays one inside a quotation."""
    words = [_word(each) for each in node.walk()]
    return "".join(words).strip()


def _word(node: SyntaxTreeNode) -> str:
    if node.type in {"softbreak", "hardbreak"}:
        return "\n" if _is_quoted(node) else " "
    return node.content if node.type in {"text", "code_inline"} else ""


def _is_quoted(node: SyntaxTreeNode) -> bool:
    above = node.parent
    while above is not None and above.type != "blockquote":
        above = above.parent
    return above is not None


def _html(node: SyntaxTreeNode) -> str:
    rendered: str = _PARSER.renderer.render(node.to_tokens(), _PARSER.options, {})
    return sanitise(rendered).strip()
