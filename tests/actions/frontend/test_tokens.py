"""The colours, by computation: WCAG's contrast of every pair that stands together on a page."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[3] / "actions" / "frontend" / "tokens.css"
TEXT = 4.5
EDGE = 3.0

TEXT_PAIRS = [
    *((colour, ground) for colour in ("ink", "muted", "trust", "wrong") for ground in ("paper", "surface")),
    ("on-act", "act"),
    ("on-act", "act-hover"),
    ("act", "surface"),
    ("on-update", "update"),
    ("update", "on-update"),
    ("ink", "wrong-tint"),
    ("wrong", "wrong-tint"),
    ("trust", "trust-tint"),
    ("ink", "trust-tint"),
    ("good", "surface"),
    ("warn", "surface"),
]
EDGE_PAIRS = [
    (colour, ground) for colour in ("edge", "act", "focus", "good", "warn") for ground in ("paper", "surface")
]


def colours(scheme: str) -> dict[str, str]:
    light, dark = TOKENS.read_text().split("@media (prefers-color-scheme: dark)")
    pattern = re.compile(r"--([a-z-]+): #([0-9a-f]{3,6});")
    found = dict(pattern.findall(light))
    return found | dict(pattern.findall(dark)) if scheme == "dark" else found


def luminance(colour: str) -> float:
    whole = colour if len(colour) == 6 else "".join(letter * 2 for letter in colour)
    channels = [int(whole[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.requirement("A-06")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("colour", "ground"), TEXT_PAIRS)
def test_text_can_be_read_on_its_ground(colour: str, ground: str, scheme: str) -> None:
    known = colours(scheme)
    assert contrast(known[colour], known[ground]) >= TEXT


@pytest.mark.requirement("A-06")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("colour", "ground"), EDGE_PAIRS)
def test_edges_and_icons_stand_out_from_their_ground(colour: str, ground: str, scheme: str) -> None:
    known = colours(scheme)
    assert contrast(known[colour], known[ground]) >= EDGE
