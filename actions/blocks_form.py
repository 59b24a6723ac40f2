"""Content blocks as a form sends them: works without scripts, a block is a fieldset and text is Markdown."""

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt
from werkzeug.datastructures import MultiDict

from email_templates.block_checking import FIELDS
from email_templates.sanitising import sanitise

# More than any page has; a form that says it has a million is not read to its end.
MOST_BLOCKS = 100
LONGEST = 20_000
Block = dict[str, Any]
_PARSER = MarkdownIt("commonmark", {"html": False})
_BEFORE = {"strong": "**", "em": "*", "a": "[", "li": "- ", "blockquote": "> "}
_AFTER = {"strong": "**", "em": "*", "p": "\n\n", "ul": "\n", "ol": "\n", "li": "\n"}


def read_blocks(form: MultiDict[str, str], name: str) -> list[Block]:
    """The blocks of the editor `name`, with what its pressed button does to them: up, down, remove, add.

    What they hold is checked by whoever saves them (email_templates/block_checking.py).
    """
    blocks = []
    for number in range(MOST_BLOCKS):
        kind = form.get(f"{name}-{number}-type")
        if kind is None:
            break
        if kind in FIELDS:
            blocks.append(_read(form, f"{name}-{number}", kind))
    return _pressed(blocks, name, form.get("do", ""))


def moves_blocks(form: MultiDict[str, str]) -> bool:
    """The button that was pressed is one of an editor's, so nothing is to be saved yet."""
    return ":" in form.get("do", "")


def as_markdown(html: str) -> str:
    """What somebody edits instead of our HTML: its paragraphs, emphasis, links, lists and quotations."""
    writer = _Writer()
    writer.feed(html)
    return writer.text.strip()


def empty_block(kind: str) -> Block:
    values: Mapping[str, Any] = {"level": 2, "ordered": False, "items": []}
    return {"type": kind, **{field: values.get(field, "") for field in FIELDS[kind]}}


def _read(form: MultiDict[str, str], at: str, kind: str) -> Block:
    return {"type": kind, **{field: _value(form, at, field) for field in FIELDS[kind]}}


def _value(form: MultiDict[str, str], at: str, field: str) -> Any:  # noqa: ANN401  # texts, numbers, lists and flags
    typed = form.get(f"{at}-{field}", "")[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
    readers: dict[str, Callable[[], Any]] = {
        "html": lambda: _html(typed, form.get(f"{at}-was", "")),
        "level": lambda: 3 if typed == "3" else 2,
        "ordered": lambda: bool(typed),
        "items": lambda: [line for line in map(str.strip, typed.split("\n")) if line],
    }
    return readers[field]() if field in readers else " ".join(typed.split()) if field != "text" else typed


def _html(markdown: str, was: str) -> str:
    """Words that nobody touched stay as they are, with the languages that are marked in them."""
    clean = sanitise(was)
    return clean if markdown == as_markdown(clean) else sanitise(_PARSER.render(markdown)).strip()


def _pressed(blocks: list[Block], name: str, pressed: str) -> list[Block]:
    editor, _, rest = pressed.partition(":")
    verb, _, which = rest.partition(":")
    if editor != name:
        return blocks
    if verb == "add" and which in FIELDS and len(blocks) < MOST_BLOCKS:
        return [*blocks, empty_block(which)]
    if not which.isdecimal() or int(which) >= len(blocks):
        return blocks
    return _moved(blocks, verb, int(which))


def _moved(blocks: list[Block], verb: str, place: int) -> list[Block]:
    rest = blocks[:place] + blocks[place + 1 :]
    if verb == "remove":
        return rest
    to = {"up": max(place - 1, 0), "down": place + 1}.get(verb, place)
    return [*rest[:to], blocks[place], *rest[to:]]


class _Writer(HTMLParser):
    """Markdown of the HTML that our allow-list lets through."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._links: list[str] = []
        self._numbered = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        if tag in {"ul", "ol"}:
            self._numbered = tag == "ol"
        if tag == "br":
            self.text += "  \n"
        self.text += "1. " if tag == "li" and self._numbered else _BEFORE.get(tag, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            self.text += f"]({self._links.pop()})"
        self.text += _AFTER.get(tag, "")

    def handle_data(self, data: str) -> None:
        if data.strip() or not self.text.endswith("\n"):
            self.text += "".join(f"\\{sign}" if sign in "\\*_[]`" else sign for sign in data)
