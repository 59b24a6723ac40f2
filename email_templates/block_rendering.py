"""The content blocks of a page or a mailing, drawn in one of three forms."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from markupsafe import Markup

from email_templates.block_checking import sanitise_blocks
from email_templates.content import ACT, Block, Picture
from email_templates.environment import environment
from email_templates.plain_text import text_of

Form = Literal["page", "mail", "text"]

_FILE: Mapping[Form, str] = MappingProxyType({"page": "page.html", "mail": "mail.html", "text": "mail.txt"})


class PictureMissing(LookupError):
    """A block names a picture that was not handed over."""


class ActMissing(LookupError):
    """A block leads to the act, and there is none here."""


def render_blocks(
    blocks: Iterable[Block],
    form: Form,
    language: str,
    *,
    pictures: Mapping[str, Picture] = MappingProxyType({}),
    links: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """
    Safe markup for "page" and "mail", plain text for "text".
    `pictures` are found by media name; `links["act"]` is where the word act leads.
    The markup of a mail still wants its CSS inlined.
    """
    drawn = [_render(block, form, language, pictures, links) for block in sanitise_blocks(blocks)]
    if form == "text":
        return "\n\n".join(drawn)
    return Markup("\n").join(Markup(one) for one in drawn)  # noqa: S704  # autoescaped templates, sanitised HTML


def _render(
    block: dict[str, object],
    form: Form,
    language: str,
    pictures: Mapping[str, Picture],
    links: Mapping[str, str],
) -> str:
    kind = str(block["type"])
    values: dict[str, object] = {"block": block}
    if kind == "text":
        values["block"] = _text(str(block["html"]), links)
    if kind == "picture":
        values["picture"] = _picture(str(block["media"]), pictures)
    if kind == "list":
        values["tag"] = "ol" if block["ordered"] else "ul"
    if "url" in block:
        values["url"] = _link(str(block["url"]), links)
    return environment(language).get_template(f"blocks/{kind}/{_FILE[form]}").render(values).strip("\n")


def _text(html: str, links: Mapping[str, str]) -> dict[str, str]:
    opened = f'href="{ACT}"'
    if opened in html:
        html = html.replace(opened, Markup('href="{}"').format(_link(ACT, links)))
    return {"html": Markup(html), "text": text_of(html)}  # noqa: S704  # sanitised in render_blocks


def _picture(media: str, pictures: Mapping[str, Picture]) -> Picture:
    try:
        return pictures[media]
    except KeyError:
        raise PictureMissing(media) from None


def _link(url: str, links: Mapping[str, str]) -> str:
    if url != ACT:
        return url
    try:
        return links[ACT]
    except KeyError:
        raise ActMissing("the page or mailing has no act") from None
