"""A campaigner's Markdown becomes content blocks, the same that pages and mailings are made of.

A link alone in its paragraph is a button, a picture alone in its paragraph a picture (by its name in the media room),
a quotation ends with its source behind a dash. HTML is text like any other.
"""

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from email_templates.content import ACT, Block

SMALLEST_HEADING = 3
ACT_PLACEHOLDER = "{{act}}"
"""Another way to write the act's address."""

_markdown = MarkdownIt("commonmark", {"html": False})
# Addresses are checked where blocks are; here they stay as they were written.
_markdown.normalizeLink = lambda url: ACT if url == ACT_PLACEHOLDER else url  # type: ignore[method-assign]  # its documented way


def blocks_of(text: str) -> list[Block]:
    """In the order they were written; paragraphs and lists that follow each other share one text block."""
    blocks: list[Block] = []
    running: list[str] = []
    for tokens in _top_level(_markdown.parse(text)):
        block = _block(tokens)
        if block is None:
            running.append(_markdown.renderer.render(tokens, _markdown.options, {}))
            continue
        blocks.extend(_text(running))
        blocks.append(block)
        running = []
    return [*blocks, *_text(running)]


def _text(running: Sequence[str]) -> Iterator[Block]:
    if running:
        yield {"type": "text", "html": "".join(running).strip()}


def _top_level(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    depth, held = 0, []
    for token in tokens:
        depth += token.nesting
        held.append(token)
        if depth == 0:
            yield held
            held = []


def _block(tokens: list[Token]) -> Block | None:
    """None for what goes into a text block."""
    match tokens[0].type:
        case "heading_open":
            level = min(max(int(tokens[0].tag[1]), 2), SMALLEST_HEADING)
            return {"type": "heading", "level": level, "text": _plain(tokens[1])}
        case "hr":
            return {"type": "divider"}
        case "blockquote_open":
            return _quotation([_plain(token) for token in tokens if token.type == "inline"])
        case "paragraph_open":
            return _alone(tokens[1].children or [])
    return None


def _quotation(paragraphs: list[str]) -> Block:
    source = ""
    if len(paragraphs) > 1 and paragraphs[-1][:1] in "—–":
        source = paragraphs.pop()[1:].strip()
    return {"type": "quotation", "text": "\n\n".join(paragraphs), "source": source}


def _alone(children: list[Token]) -> Block | None:
    """A paragraph that holds nothing but one picture or one link."""
    match [token.type for token in children]:
        case ["image"]:
            picture = children[0]
            words = {"alt": picture.content, "caption": str(picture.attrs.get("title", "")), "credit": ""}
            return {"type": "picture", "media": str(picture.attrs["src"]), **words}
        case ["link_open", "text", "link_close"]:
            return {"type": "button", "text": children[1].content, "url": str(children[0].attrs["href"])}
    return None


def _plain(token: Token) -> str:
    """The words without their markup."""
    parts = ("\n" if child.type in {"softbreak", "hardbreak"} else child.content for child in token.children or [])
    return " ".join("".join(parts).split())
