"""
CSS into style attributes, by premailer: 100 ms and more a call, so once per template or mailing, never per reader.
Every option answers something met: it would drop the style element, `!important` in dark mode, and widths,
fetch from the network, and rewrite the braces of a template.
"""

import logging
import re

from premailer import Premailer

_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_STATEMENT_IN_A_TAG = re.compile(r"<[^<>{]*(?:\{\{[^{}]*\}\}[^<>{]*)*\{%")
_GUARD = re.compile(r"<!--9jinja([0-9]+)x-->|9jinja([0-9]+)x")


class TemplateBroken(ValueError):
    """Inlining moved or lost a part of the template."""


def inline(html: str) -> str:
    """Wants a whole document that starts with an upper-case `<!DOCTYPE html>`; premailer drops any other."""
    premailer = Premailer(
        html,
        keep_style_tags=True,
        strip_important=False,
        disable_validation=True,
        allow_network=False,
        preserve_internal_links=True,
        disable_basic_attributes=["width", "height"],
        cssutils_logging_level=logging.CRITICAL,
    )
    return str(premailer.transform())


def inline_template(source: str) -> str:
    """The same for a Jinja template: a value is a word while it is inlined, a statement is a comment."""
    if misplaced := _STATEMENT_IN_A_TAG.search(source):
        raise TemplateBroken(f"a statement inside a tag: {misplaced[0]}")
    found: list[str] = []

    def guard(code: re.Match[str]) -> str:
        found.append(code[0])
        word = f"9jinja{len(found) - 1}x"
        return word if code[0].startswith("{{") else f"<!--{word}-->"

    inlined = inline(_CODE.sub(guard, source))
    order = [int(code[1] or code[2]) for code in _GUARD.finditer(inlined)]
    if order != list(range(len(found))):
        raise TemplateBroken(f"{len(found)} parts went in and came out as {order}")
    return _GUARD.sub(lambda code: found[int(code[1] or code[2])], inlined)
