"""What a content block and a picture are, on a page and in a mailing alike."""

from collections.abc import Mapping
from dataclasses import dataclass

Block = Mapping[str, object]
"""One entry of the JSON list in which wordings, updates and mailings are stored: `type` and that type's fields."""

ACT = "act"
"""The URL that stands for "the act of this page": the act link in a mailing, the form on a page."""


@dataclass(frozen=True, slots=True)
class Picture:
    """`url` lies under our own base URL: nothing of a mail is fetched from elsewhere (B-38, P-01)."""

    url: str
    width: int
    height: int
    # Where to look, in percent from the left and from the top: what stays in sight where it is cut.
    focus: tuple[int, int] = (50, 50)
    # Its own words, for whoever shows it without any.
    alt: str = ""
    credit: str = ""
