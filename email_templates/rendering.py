"""An email put into words; a mailing comes out with sentinels where its readers differ (`merging.fill`)."""

import quopri
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields

from jinja2 import Environment

from email_templates.block_rendering import Form, render_blocks
from email_templates.catalogue import Alert, Email, Mailing, Update
from email_templates.content import ACT, Block
from email_templates.environment import BODY, UNINLINED, environment
from email_templates.inlining import inline
from email_templates.merging import with_sentinels
from email_templates.texts import Rendered

HTML_LIMIT = 90_000
HTML_REFUSED = 102_000
"""Bytes as sent. Gmail shows no more than about 102 kB, and the way to leave stands at the end (B-37)."""

_EMPTY_LINES = re.compile(r"\n{3,}")


def render(email: Email) -> Rendered:
    """Raises UnknownLanguage, PictureMissing, ActMissing or UnknownBlock."""
    if isinstance(email, Mailing):
        return _render_mailing(email)
    jinja = _environment_of(email)
    values = _values_of(email)
    subject = _subject(jinja, email, values)
    html = jinja.get_template(f"{email.folder}/{BODY}").render(values, subject_line=subject) if email.has_html else None
    return Rendered(subject, _text(jinja, email, values), html)


def html_size(rendered: Rendered) -> int:
    """Bytes of the HTML part as it travels, quoted-printable: a Khmer letter takes nine."""
    return len(quopri.encodestring((rendered.html or "").encode()))


def _render_mailing(mailing: Mailing) -> Rendered:
    jinja = _environment_of(mailing)
    values = {name: _merged(value, mailing.language) for name, value in _values_of(mailing).items()}
    blocks = [{name: _merged(value, mailing.language) for name, value in block.items()} for block in mailing.blocks]
    subject = _subject(jinja, mailing, values)
    page = jinja.get_template(f"{UNINLINED}{mailing.folder}/{BODY}")
    html = page.render(values, subject_line=subject, **_parts(mailing, blocks, "mail"))
    text = _text(jinja, mailing, {**values, **_parts(mailing, blocks, "text")})
    return Rendered(subject, _EMPTY_LINES.sub("\n\n", text), inline(html))


def _environment_of(email: Email) -> Environment:
    return environment(email.language, email.letterhead.colour, email.letterhead.colour_in_the_dark)


def _values_of(email: Email) -> dict[str, object]:
    return {field.name: getattr(email, field.name) for field in fields(email)}


def _subject(jinja: Environment, email: Email, values: Mapping[str, object]) -> str:
    return " ".join(jinja.get_template(f"{email.folder}/subject.txt").render(values).split())


def _text(jinja: Environment, email: Email, values: Mapping[str, object]) -> str:
    return jinja.get_template(f"{email.folder}/body.txt").render(values).rstrip("\n") + "\n"


def _merged(value: object, language: str) -> object:
    if isinstance(value, str):
        return with_sentinels(value, language)
    if isinstance(value, list):
        return [_merged(each, language) for each in value]
    return value


def _parts(mailing: Mailing, blocks: Sequence[Block], form: Form) -> dict[str, object]:
    """The act's button stands after the opening and at the end, but not where the blocks bring one of their own."""
    links = {ACT: mailing.act_url} if isinstance(mailing, Alert | Update) else {}
    opening = next((place for place, block in enumerate(blocks, 1) if block["type"] == "text"), len(blocks))

    def drawn(part: Sequence[Block]) -> str:
        return render_blocks(part, form, mailing.language, pictures=mailing.pictures, links=links)

    return {
        "opening": drawn(blocks[:opening]),
        "story": drawn(blocks[opening:]),
        "button_near_top": not any(_is_act_button(block) for block in blocks),
        "button_at_end": len(blocks) > opening and not _is_act_button(blocks[-1]),
    }


def _is_act_button(block: Block) -> bool:
    return block["type"] == "button" and block["url"] == ACT
