"""The part of an address that names something: small letters, digits and hyphens, and not taken yet."""

import re
import unicodedata
from collections.abc import Callable


def free_slug(title: str, *, longest: int, otherwise: str, is_taken: Callable[[str], bool]) -> str:
    """Of a title; `otherwise` where it has no Latin letters. A number behind it sets apart what is called the same."""
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    short = "-".join(re.findall(r"[a-z0-9]+", letters))[:longest].strip("-") or otherwise
    number, slug = 1, short
    while is_taken(slug):
        number += 1
        slug = f"{short}-{number}"
    return slug
