"""A page's details and words as values: what a file or a form hands to the operations."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from actions.pages.models import PageKind, PageWording
from email_templates.block_checking import sanitise_blocks


@dataclass(frozen=True, kw_only=True)
class PageDetails:
    """What is the same in every language."""

    slug: str
    country: str
    goal: int
    legal_basis: dict[str, str]
    retention_months: int
    kind: PageKind = PageKind.URGENT_ACTION
    default_language: str = "en"
    number: str | None = None
    action_until: datetime | None = None
    flagged: bool = False
    demonstration: bool = False
    least_own_share: int = 0
    lead_picture: str | None = None
    position: int = 0


@dataclass(frozen=True, kw_only=True)
class PageWords:
    """One language's words; the keys of each mapping stand beside its column in models.py."""

    title: str
    summary: str
    blocks: list[dict[str, Any]]
    lead: dict[str, str]
    petition: dict[str, Any]
    letter: dict[str, Any]
    privacy: dict[str, str]
    notes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, row: PageWording) -> "PageWords":
        return cls(**{name: getattr(row, name) for name in cls.__dataclass_fields__})

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "PageWords":
        return cls(**stored)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def sanitised(self) -> "PageWords":
        """As they may be stored: HTML by allow-list, blocks with the fields we know (W-12)."""
        return PageWords(**(asdict(self) | {"blocks": sanitise_blocks(self.blocks)}))


NO_WORDS = PageWords(title="", summary="", blocks=[], lead={}, petition={}, letter={}, privacy={})
