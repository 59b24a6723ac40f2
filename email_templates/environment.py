"""
Jinja for one language. An email's `body.html` is put together with its layout first, in brackets (`[% extends %]`),
so that CSS can be inlined into the template once; its values, in braces, come later.
"""

from functools import lru_cache, partial

from jinja2 import Environment, FileSystemLoader, FunctionLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from email_templates.faces import FACES, LATIN
from email_templates.inlining import inline_template
from email_templates.language import (
    LETTER_LANGUAGES,
    direction,
    format_date,
    format_moment,
    format_number,
    translations,
)
from email_templates.texts import TEMPLATES, TEXTS

BODY = "body.html"
ACT, DARK_ACT = "#a9341b", "#f08a6c"
# Of each language ours and an organisation's, before it changed and after.
MOST_LOOKS = 3 * len(LETTER_LANGUAGES)
UNINLINED = "uninlined/"
"""Before a template's name: leave its CSS to whoever renders it, because its content brings HTML of its own."""

_ASSEMBLY = Environment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  # puts our own files together; no value passes here
    block_start_string="[%",
    block_end_string="%]",
    variable_start_string="[[",
    variable_end_string="]]",
    comment_start_string="[#",
    comment_end_string="#]",
    trim_blocks=True,
    lstrip_blocks=True,
)


def environment(language: str, act: str = ACT, dark_act: str = DARK_ACT) -> Environment:
    """`act` colours what one presses, `dark_act` on a dark page."""
    return _environment(language, act, dark_act)


@lru_cache(maxsize=MOST_LOOKS)
def _environment(language: str, act: str, dark_act: str) -> Environment:
    made = Environment(
        loader=FunctionLoader(partial(_source, language, act, dark_act)),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
    )
    texts = translations(TEXTS, language)
    made.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.filters["date"] = partial(format_date, language=language)
    made.filters["moment"] = partial(format_moment, language=language)
    made.filters["number"] = partial(format_number, language=language)
    made.filters["isolated"] = _isolated
    made.globals["direction"] = direction
    return made


def _isolated(text: str) -> Markup:
    """A name or title in its own script, which may run against the sentence around it (A-09)."""
    return Markup("<bdi>{}</bdi>").format(text)


def _source(language: str, act: str, dark_act: str, name: str) -> str:
    path = name.removeprefix(UNINLINED)
    if not path.endswith(f"/{BODY}"):
        return (TEMPLATES / path).read_text(encoding="utf-8")
    assembled = _assemble(path, language, act, dark_act)
    return assembled if name.startswith(UNINLINED) else inline_template(assembled)


def _assemble(path: str, language: str, act: str, dark_act: str) -> str:
    reads = direction(language)
    start, end = ("left", "right") if reads == "ltr" else ("right", "left")
    return _ASSEMBLY.get_template(path).render(
        language=language,
        direction=reads,
        start=start,
        end=end,
        faces=FACES.get(language, LATIN),
        act=act,
        dark_act=dark_act,
    )
