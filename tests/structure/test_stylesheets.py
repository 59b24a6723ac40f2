"""No style sheet says left or right where the language decides it: Arabic is read from the right."""

import re
from pathlib import Path

import pytest

from tests.structure.tree import ROOT

SHEETS = sorted((ROOT / "actions" / "frontend").rglob("*.css"))
EDGES = "left|right|top|bottom"
PHYSICAL = re.compile(
    rf"(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-)?(?:{EDGES})(?:-(?:width|style|color))?"
    r"|(?:min-|max-)?(?:width|height)|border-(?:top|bottom)-(?:left|right)-radius|overflow-[xy]"
)
SIDED = re.compile(r"(?:float|clear|text-align|caption-side)\s*:\s*(?:left|right)\b")
DECLARATION = re.compile(r"(?:^|[{;])\s*([a-z-]+)\s*:", re.MULTILINE)
# A page scrolls down whatever its language; Chromium knows no overflow-inline.
NO_LOGICAL_NAME = {"overflow-x", "overflow-y"}


def physical(css: str) -> list[str]:
    """Each property, and each value, that would stand on the wrong side."""
    plain = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    plain = re.sub(r"@media[^{]*", "@media", plain)
    named = {name for name in DECLARATION.findall(plain) if PHYSICAL.fullmatch(name)}
    return sorted(named - NO_LOGICAL_NAME) + SIDED.findall(plain)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_style_sheet_says_start_and_end(sheet: Path) -> None:
    assert physical(sheet.read_text(encoding="utf-8")) == []


def test_the_check_sees_what_it_looks_for() -> None:
    assert physical("a { margin-left: 1px; text-align: right; max-inline-size: 3px } @media (min-width: 1px) {}") == [
        "margin-left",
        "text-align: right",
    ]
    assert physical("a { width: 1px; border-top-left-radius: 2px }") == ["border-top-left-radius", "width"]
