"""What may stand in text that people type (L-03, L-05): every script, and nothing that hides or moves what is read."""

import re
import unicodedata

# Bidi controls, zero-width marks and tag characters: they make a reader see another text than the one that is stored.
# U+200C and U+200D stay: Persian, Khmer and many Indic scripts are misspelt without them. U+200B goes: Khmer breaks
# its lines without it.
_INVISIBLE = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u200b\u2060\ufeff\U000e0000-\U000e007f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_LINE_BREAK = re.compile(r"[\r\n\x85\u2028\u2029\t]")
_ENCODED_WORD = re.compile(r"=\?.*\?=|=\?", re.DOTALL)
# Looks at each character once: what people post may be one word of a hundred thousand.
_URL = re.compile(
    r"https?:|www\.|://|(?<=[\w-])\.(?:com|org|net|info|biz|ru|cn|io|xyz|top|link|click)\b", re.IGNORECASE
)


class NotAllowed(ValueError):
    """Something in the text could harm whoever reads it; `why` is one of control, encoded, url, formula."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def clean_line(text: str) -> str:
    """One line as it may stand in a header: NFC, without invisible marks.

    Raises NotAllowed for line breaks, control characters and what looks like an RFC 2047 encoded-word.
    """
    if _CONTROL.search(text) or _LINE_BREAK.search(text):
        raise NotAllowed("control")
    # Looked for in what is left: an invisible mark between = and ? must not carry them past.
    line = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())
    if _ENCODED_WORD.search(line):
        raise NotAllowed("encoded")
    return line


def clean_name(text: str) -> str:
    """A person's name, in any script. Raises NotAllowed as `clean_line`, and for URLs and spreadsheet formulas."""
    name = clean_line(text)
    if _URL.search(name):
        raise NotAllowed("url")
    if any(mark in name for mark in '@<>";') or name[:1] in {"=", "+", "-", "|", "％", "＝", "＋", "－"}:
        raise NotAllowed("formula")
    return name


def clean_text(text: str) -> str:
    """Several paragraphs: NFC, line ends as LF. Raises NotAllowed for control characters."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL.search(unified):
        raise NotAllowed("control")
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", unified)).strip()


def web_addresses_in(text: str) -> list[str]:
    """Whatever in it a mail program would make a link of."""
    return [word for word in text.split() if _URL.search(word)]
