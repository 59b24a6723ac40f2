"""Content blocks as a form sends them: works without scripts, a block is a fieldset and text is Markdown.

Where scripts run (actions/frontend/editor.js) a text comes as HTML instead. Blocks stand in the order in which the form
names them, whatever their numbers: a browser sends its fields in the order of the page.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

from werkzeug.datastructures import MultiDict

from actions.markdown import as_markdown, from_markdown
from email_templates.block_checking import FIELDS
from email_templates.language import LANGUAGES
from email_templates.sanitising import sanitise

# More than any page has; a form that says it has a million is not read to its end.
MOST_BLOCKS = 100
LONGEST = 20_000
# The same words between their tags.
LONGEST_HTML = 3 * LONGEST
Block = dict[str, Any]


def read_blocks(form: MultiDict[str, str], name: str) -> list[Block]:
    """The blocks of the editor `name`, with what its pressed button does to them: up, down, remove, add.

    What they hold is checked by whoever saves them (email_templates/block_checking.py).
    """
    typed = re.compile(rf"{re.escape(name)}-(\d{{1,4}})-type", re.ASCII)
    named = islice((found[1] for key in form if (found := typed.fullmatch(key))), MOST_BLOCKS)
    kinds = {number: form[f"{name}-{number}-type"] for number in named}
    blocks = {number: _read(form, f"{name}-{number}", kind) for number, kind in kinds.items() if kind in FIELDS}
    return _pressed(list(blocks.values()), list(blocks), name, form.get("do", ""))


def moves_blocks(form: MultiDict[str, str]) -> bool:
    """The button that was pressed is one of an editor's, so nothing is to be saved yet."""
    return ":" in form.get("do", "")


def empty_block(kind: str) -> Block:
    values: Mapping[str, Any] = {"level": 2, "ordered": False, "items": []}
    return {"type": kind, **{field: values.get(field, "") for field in FIELDS[kind]}}


def _read(form: MultiDict[str, str], at: str, kind: str) -> Block:
    return {"type": kind, **{field: _value(form, at, field) for field in FIELDS[kind]}}


def _value(form: MultiDict[str, str], at: str, field: str) -> Any:  # noqa: ANN401  # texts, numbers, lists and flags
    typed = _text(form.get(f"{at}-{field}", ""))
    readers: dict[str, Callable[[], Any]] = {
        "html": lambda: _html(form, at, typed),
        "level": lambda: 3 if typed == "3" else 2,
        "ordered": lambda: bool(typed),
        "items": lambda: [line for line in map(str.strip, typed.split("\n")) if line],
    }
    return readers[field]() if field in readers else " ".join(typed.split()) if field != "text" else typed


def _text(value: str, longest: int = LONGEST) -> str:
    return value[:longest].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def _html(form: MultiDict[str, str], at: str, markdown: str) -> str:
    """Words that nobody touched stay as they are, with the languages that are marked in them."""
    rich = form.get(f"{at}-rich")
    if rich is not None:
        written = sanitise(_text(rich, LONGEST_HTML)).strip()
        return written if as_markdown(written) else ""
    clean = sanitise(form.get(f"{at}-was", ""))
    return clean if markdown == as_markdown(clean) else from_markdown(markdown)


def _pressed(blocks: list[Block], numbers: Sequence[str], name: str, pressed: str) -> list[Block]:
    editor, _, rest = pressed.partition(":")
    verb, _, which = rest.partition(":")
    if editor != name:
        return blocks
    if verb == "add" and which in FIELDS and len(blocks) < MOST_BLOCKS:
        return [*blocks, empty_block(which)]
    return _moved(blocks, verb, numbers.index(which)) if which in numbers else blocks


def _moved(blocks: list[Block], verb: str, place: int) -> list[Block]:
    rest = blocks[:place] + blocks[place + 1 :]
    if verb == "remove":
        return rest
    to = {"up": max(place - 1, 0), "down": place + 1}.get(verb, place)
    return [*rest[:to], blocks[place], *rest[to:]]


# What the templates of an editor ask for, beside its blocks and pictures.
EDITOR: Mapping[str, Any] = {
    "as_markdown": as_markdown,
    "empty_block": empty_block,
    "rich_languages": list(LANGUAGES.values()),
}
