"""Gaps in a model letter: `[why this matters to you]` stands where only its writer has the words."""

import re
import unicodedata
from collections.abc import Iterable

_GAP = re.compile(r"\[([^\[\]\n]{1,200})\]")


def gaps_in(text: str) -> tuple[str, ...]:
    """What stands between brackets, in its order, each once."""
    return tuple(dict.fromkeys(gap for found in _GAP.findall(text) if (gap := found.strip())))


def left_open(typed: str, model: Iterable[str]) -> tuple[str, ...]:
    """The gaps of the model that still stand in what was typed, if only with one of their brackets.

    Brackets of the writer's own are no gaps.
    """
    said = evened(typed)
    gaps = dict.fromkeys(gap for text in model for gap in gaps_in(text))
    return tuple(gap for gap in gaps if f"[{evened(gap)}" in said or f"{evened(gap)}]" in said)


def evened(text: str) -> str:
    """To be compared: without the marks that typed text loses, and with single spaces."""
    shown = (one for one in unicodedata.normalize("NFC", text) if unicodedata.category(one) != "Cf")
    return " ".join("".join(shown).split()).replace("[ ", "[").replace(" ]", "]")
