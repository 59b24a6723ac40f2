"""A part of a bundle, set by a program of its own: what Typst remembers of it goes with the program.

    python -m actions.letters.pressing < values.json > part

Typst keeps what it laid out for its next ten runs, 600 MB after a thousand letters, and a worker runs for weeks. What
people wrote passes through pipes alone. The answer is one line of JSON, then the PDF.
"""

import json
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from actions.letters.typesetting import (
    SYMBOLS,
    NoFontForScript,
    is_right_to_left,
    is_tall,
    paragraphs_of,
    piece_of,
    script_of,
    set_pdf,
)

TEMPLATE = Path(__file__).with_name("bundle.typ")
# In place of a symbol that no font here has.
UNPRINTABLE = "[…]"
# From here on Unicode has pictures; a letter may hold as many different ones as it likes.
PICTURES = 0x1F000
TYPED = ("subject", "salutation", "body", "close", "writer")
LISTS = ("numbers", "countries", "foot")
Values = dict[str, Any]


def press(values: Values) -> tuple[list[int], bytes]:
    """(places of letters that no font here can print, the PDF without them; empty where none is left).

    A symbol without a font is shown as UNPRINTABLE, and so is a name in the contents; a letter whose script has no font
    is left out: boxes in its place would shame its writer. Raises NoFontForScript for our own words.
    """
    kind = "letters" if "letters" in values else "entries"
    given: list[Values] = values.get(kind, [])
    left_out: list[int] = []
    while True:
        kept = [one for place, one in enumerate(given) if place not in left_out]
        if given and not kept:
            return left_out, b""
        try:
            return left_out, set_pdf(TEMPLATE, _pieces(values | ({kind: kept} if given else {})))
        except NoFontForScript as missing:
            if missing.script == SYMBOLS or kind == "entries":
                changed = [_without(one, missing) for one in given]
                if changed == given:
                    raise
                given = changed
            else:
                lost = [place for place, one in enumerate(given) if place not in left_out and _holds(one, missing)]
                if not lost:
                    raise
                left_out += lost


def _without(one: Values, missing: NoFontForScript) -> Values:
    return one | {name: _printable(one[name], missing) for name in TYPED if one.get(name)}


def _printable(text: str, missing: NoFontForScript) -> str:
    """Each run of what cannot be printed shrinks to one mark."""
    runs = groupby(text, lambda character: _is_missing(character, missing))
    return "".join(UNPRINTABLE if is_missing else "".join(run) for is_missing, run in runs)


def _is_missing(character: str, missing: NoFontForScript) -> bool:
    if character in missing.text:
        return not character.isspace()
    if missing.script == SYMBOLS:
        return ord(character) >= PICTURES and script_of(character) == SYMBOLS
    return character.isalpha() and script_of(character) == missing.script


def _holds(one: Values, missing: NoFontForScript) -> bool:
    return any(_is_missing(character, missing) for name in TYPED for character in one.get(name) or "")


def _pieces(values: Values) -> Values:
    """As the template wants them: each text knows which way it runs."""
    rtl = is_right_to_left(values["language"])
    shown = {name: _ours(text, rtl=rtl) if isinstance(text, str) else text for name, text in values.items()}
    shown |= {name: values[name] for name in ("kind", "paper", "language")}
    lists: Values = {name: [_ours(text, rtl=rtl) for text in values[name]] for name in LISTS if name in values}
    lists["recipient"] = _lines(values["recipient"], rtl=rtl)
    if "letters" in values:
        lists["letters"] = [_letter(one) for one in values["letters"]]
    if "entries" in values:
        lists["entries"] = [one | {"writer": piece_of(one["writer"] or "–", rtl=rtl)} for one in values["entries"]]
    return {"demonstration": None, "rtl": rtl, "tall": values["language"] in {"ar", "km"}, **shown, **lists}


def _letter(one: Values) -> Values:
    rtl = is_right_to_left(one["language"])
    body = _lines(paragraphs_of(one["body"]), rtl=rtl)
    shown = {name: piece_of(one[name], rtl=rtl) for name in TYPED}
    shown |= {name: _ours(one[name], rtl=rtl) for name in ("day", "answers", "small_print")}
    return {**one, **shown, "body": body, "rtl": rtl, "tall": is_tall(body)}


def _ours(text: str, *, rtl: bool) -> dict[str, object] | None:
    """A sentence of ours runs as its language does, however many foreign names stand in it."""
    piece = piece_of(text, rtl=rtl)
    return piece and piece | {"rtl": rtl}


def _lines(texts: Sequence[str], *, rtl: bool) -> list[dict[str, object]]:
    return [piece for text in texts if (piece := piece_of(text, rtl=rtl))]


def main() -> None:
    left_out, pdf = press(json.load(sys.stdin.buffer))
    sys.stdout.buffer.write(json.dumps({"left_out": left_out}).encode() + b"\n" + pdf)


if __name__ == "__main__":
    main()
