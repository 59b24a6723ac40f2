"""Content blocks as the block editor sends them."""

from collections.abc import Mapping, Sequence
from typing import Any

from actions.markdown import as_markdown


def typed_blocks(name: str, blocks: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    typed: dict[str, str] = {}
    for number, block in enumerate(blocks):
        typed |= {f"{name}-{number}-{field}": text for field, text in _fields(block).items()}
    return typed


def _fields(block: Mapping[str, Any]) -> dict[str, str]:
    shown = {field: str(value) for field, value in block.items() if field not in {"html", "items", "ordered"}}
    if "html" in block:
        shown |= {"html": as_markdown(str(block["html"])), "was": str(block["html"])}
    if "items" in block:
        shown["items"] = "\r\n".join(block["items"])
    return shown | ({"ordered": "1"} if block.get("ordered") else {})
