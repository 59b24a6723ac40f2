"""What a stored block must hold, and the form in which it may be stored."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from email_templates.content import ACT, Block
from email_templates.sanitising import is_mail_address, is_web_address, sanitise

Check = Callable[[object], str]
"""Says what is wrong with a value, or nothing."""


@dataclass(frozen=True, slots=True)
class BlockProblem:
    """`block` counts from 0; `reason` completes the sentence "Block 3, picture, alt …"."""

    block: int
    kind: str
    field: str
    reason: str

    def __str__(self) -> str:
        return f"Block {self.block + 1}, {self.kind}, {self.field} {self.reason}"


class UnknownBlock(ValueError):
    """A block of a type that nothing can draw."""


def _required(value: object) -> str:
    if not isinstance(value, str):
        return "must be text"
    return "" if value.strip() else "is missing"


def _optional(value: object) -> str:
    return "" if value is None or isinstance(value, str) else "must be text"


def _level(value: object) -> str:
    return "" if type(value) is int and value in {2, 3} else "must be 2 or 3"


def _flag(value: object) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _items(value: object) -> str:
    if not isinstance(value, list) or not value:
        return "must be a list with at least one entry"
    return next((f"has an entry that {wrong}" for entry in value if (wrong := _required(entry))), "")


def _web(value: object) -> str:
    return "" if isinstance(value, str) and is_web_address(value) else "must begin with https:// or http://"


def _address(value: object) -> str:
    if value == ACT or (isinstance(value, str) and is_mail_address(value)):
        return ""
    return _web(value) and "must begin with https://, http:// or mailto:, or be the word act"


FIELDS: Mapping[str, Mapping[str, Check]] = MappingProxyType(
    {
        "heading": {"text": _required, "level": _level},
        "text": {"html": _required},
        "picture": {"media": _required, "alt": _required, "caption": _optional, "credit": _required},
        "quotation": {"text": _required, "source": _optional},
        "list": {"ordered": _flag, "items": _items},
        "button": {"text": _required, "url": _address},
        "question": {"text": _required, "link_text": _required, "url": _address},
        "video": {"title": _required, "url": _web},
        "divider": {},
    },
)


def check_blocks(blocks: Sequence[Block]) -> list[BlockProblem]:
    """All that keeps these blocks from being shown, in their order."""
    return [problem for number, block in enumerate(blocks) for problem in _problems(number, block)]


def sanitise_blocks(blocks: Iterable[Block]) -> list[dict[str, object]]:
    """The blocks as they may be stored: known fields only, HTML by allow-list. Raises UnknownBlock."""
    return [_sanitised(block) for block in blocks]


def _problems(number: int, block: Block) -> Iterable[BlockProblem]:
    kind = str(block.get("type"))
    if kind not in FIELDS:
        return [BlockProblem(number, kind, "type", f"must be one of {', '.join(FIELDS)}")]
    checked = ((name, check(block.get(name))) for name, check in FIELDS[kind].items())
    return [BlockProblem(number, kind, name, wrong) for name, wrong in checked if wrong]


def _sanitised(block: Block) -> dict[str, object]:
    kind = block.get("type")
    if not isinstance(kind, str) or kind not in FIELDS:
        raise UnknownBlock(str(kind))
    kept = {name: block.get(name, "") for name in FIELDS[kind]}
    if kind == "text":
        kept["html"] = sanitise(str(kept["html"]))
    return {"type": kind, **kept}
