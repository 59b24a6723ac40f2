"""Campaigners' HTML by allow-list, at save and again at rendering (W-12)."""

from urllib.parse import urlsplit

import nh3

from email_templates.content import ACT
from email_templates.merging import link_in

_TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote", "span", "bdi"}
_ATTRIBUTES = {"a": {"href"}, "span": {"lang", "dir"}}
_WEB = frozenset({"http", "https"})


def sanitise(html: str) -> str:
    """Keeps its result unchanged when applied again."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={*_WEB, "mailto"},
        url_relative=lambda url: ACT if url == ACT else link_in(url),
        link_rel=None,
    )


def is_web_address(url: str) -> bool:
    return _scheme_of(url) in _WEB and bool(urlsplit(url).hostname)


def is_mail_address(url: str) -> bool:
    return _scheme_of(url) == "mailto" and "@" in url


def _scheme_of(url: str) -> str:
    if not url.isprintable() or " " in url:
        return ""
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""
