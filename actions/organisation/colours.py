"""An organisation's own colour for what one presses, in light and dark, held to the contrast of WCAG 2.2 (1.4.3)."""

import re
from typing import NamedTuple

# https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
ENOUGH = 4.5
# The backgrounds and the words that it meets; they stand in actions/frontend/tokens.css too.
LIGHT = ("#ffffff", "#fbf7f0")
DARK = ("#211d18", "#1d1a16")
WHITE, BLACK = "#ffffff", "#000000"
HOVER = 0.18
STEP = 0.05
# Of sRGB, below which a channel is not a power.
LINEAR = 0.04045
_COLOUR = re.compile(r"#[0-9a-f]{6}")


class Shades(NamedTuple):
    act: str
    act_hover: str
    dark_act: str
    dark_act_hover: str


def can_be_read(colour: str) -> bool:
    """As `#rrggbb` in small letters, on our paper and under white words."""
    return bool(_COLOUR.fullmatch(colour)) and all(contrast(colour, other) >= ENOUGH for other in LIGHT)


def shades(colour: str) -> Shades:
    """Of a colour that can be read: with the mouse over it, and light enough for a dark page."""
    dark = colour
    while not all(contrast(dark, other) >= ENOUGH for other in DARK):
        dark = _mixed(dark, WHITE, STEP)
    return Shades(colour, _mixed(colour, BLACK, HOVER), dark, _mixed(dark, WHITE, HOVER))


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _luminance(colour: str) -> float:
    parts = [value / 255 for value in _channels(colour)]
    red, green, blue = (part / 12.92 if part <= LINEAR else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(colour: str, other: str, share: float) -> str:
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{min(255, int(a + (b - a) * share + 0.999 * (b > a))):02x}" for a, b in pairs)
