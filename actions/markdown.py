"""Markdown instead of the HTML of our allow-list, for whoever edits without scripts; and back."""

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

from email_templates.sanitising import sanitise

_PARSER = MarkdownIt("commonmark", {"html": False})
_EMPHASIS = {"strong": "**", "em": "*"}
# At the beginning of a paragraph these would make a list, a quotation, a heading or a line of it.
_NOT_FIRST = re.compile(r"([-+>#=~]|\d{1,9}(?=[.)]))")


def from_markdown(markdown: str) -> str:
    return sanitise(_PARSER.render(markdown)).strip()


def as_markdown(html: str) -> str:
    """Its paragraphs, emphasis, links, lists and quotations; languages that are marked in it are not kept."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return writer.text.strip()


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._links: list[str] = []
        # Whether each list around the words is numbered.
        self._numbered: list[bool] = []
        # What each line begins with, to stay inside its quotation or its list.
        self._margins: list[str] = []
        # A block has begun and holds nothing yet.
        self._is_fresh = True
        # The block that held the last words is over.
        self._is_over = False
        self._is_loose = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"p", "blockquote", "ul", "ol", "li"}:
            self._begin(tag)
        elif tag == "br":
            self.text += f"  \n{''.join(self._margins)}"
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
            self._write("[")
        elif tag in _EMPHASIS:
            self._write(_EMPHASIS[tag])

    def handle_endtag(self, tag: str) -> None:
        if tag in _EMPHASIS:
            self.text += _EMPHASIS[tag]
        elif tag == "a" and self._links:
            self.text += f"]({self._links.pop()})"
        elif tag in {"ul", "ol"}:
            self._numbered = self._numbered[:-1]
        if tag in {"li", "blockquote"}:
            self._margins = self._margins[:-1]
        if tag in {"p", "blockquote", "ul", "ol", "li"}:
            self._is_over, self._is_fresh = True, False

    def handle_data(self, data: str) -> None:
        if data.strip() or not (self._is_over or self._is_fresh):
            begins = self._is_over or self._is_fresh
            escaped = "".join(f"\\{sign}" if sign in "\\*_[]`" else sign for sign in data.replace("\n", " "))
            self._write(_marked_off(escaped.lstrip()) if begins else escaped)

    def _begin(self, tag: str) -> None:
        is_tight = tag == "li" or (tag in {"ul", "ol"} and bool(self._numbered) and not self._is_loose)
        if not self._is_fresh:
            self._break(is_tight=is_tight and not (tag == "li" and self._is_loose))
        if tag == "p":
            self._is_loose = bool(self._numbered)
        elif tag in {"ul", "ol"}:
            self._numbered.append(tag == "ol")
            self._is_loose = False
        elif tag == "blockquote":
            self._open("> ", "> ")
        else:
            marker = "1. " if self._numbered and self._numbered[-1] else "- "
            self._open(marker, " " * len(marker))
        self._is_fresh, self._is_over = True, False

    def _open(self, marker: str, margin: str) -> None:
        self.text += marker
        self._margins.append(margin)

    def _write(self, words: str) -> None:
        if self._is_over:
            self._break(is_tight=False)
        self._is_fresh = self._is_over = False
        self.text += words

    def _break(self, *, is_tight: bool) -> None:
        margin = "".join(self._margins)
        self.text += f"\n{margin}" if is_tight else f"\n{margin.rstrip()}\n{margin}"


def _marked_off(words: str) -> str:
    found = _NOT_FIRST.match(words)
    if found is None:
        return words
    return f"{found[1]}\\{words[found.end() :]}" if found[1].isdecimal() else f"\\{words}"
