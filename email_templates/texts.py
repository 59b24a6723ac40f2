"""Where the words lie, and what an email is once they are put together."""

from dataclasses import dataclass
from pathlib import Path

TEMPLATES = Path(__file__).parent
TEXTS = TEMPLATES / "translations"


@dataclass(frozen=True, slots=True)
class Rendered:
    """`subject` is one line; `html` is None where an email is plain text alone."""

    subject: str
    text: str
    html: str | None
