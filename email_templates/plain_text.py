"""Campaigners' free HTML as plain text, every link with its address."""

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement
from lxml import etree
from lxml import html as lxml_html

_INDENTED = HtmlElement(display=Display.block, margin_before=1, margin_after=1, padding_inline=4)
_CONFIG = ParserConfig(css=CSS_PROFILES["strict"] | {"blockquote": _INDENTED})


def text_of(html: str) -> str:
    tree = lxml_html.fragment_fromstring(html, create_parent="div")
    for link in tree.iter("a"):
        address = link.get("href", "").removeprefix("mailto:")
        if address and address not in link.text_content():
            etree.SubElement(link, "span").text = f" ({address})"
    _escape_once_more(tree)
    rendered: str = get_text(lxml_html.tostring(tree, encoding="unicode"), _CONFIG)
    return "\n".join(line.rstrip() for line in rendered.strip("\n").split("\n"))


def _escape_once_more(tree: etree._Element) -> None:
    """Inscriptis unescapes what the parser has unescaped, and makes `?a=1&copy=2` a ©."""
    for each in tree.iter():
        each.text = each.text and each.text.replace("&", "&amp;")
        each.tail = each.tail and each.tail.replace("&", "&amp;")
