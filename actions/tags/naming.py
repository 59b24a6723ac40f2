"""What may be a tag: a short word or two of any script. Small and capital letters are one."""

import re
from collections.abc import Iterable

from actions.supporters.typed_text import NotAllowed, clean_line

LONGEST = 50
MOST_OF_ONE = 20
# Of the whole group: beyond it they are no words to choose from, but a column of some other kind.
MOST_TAGS = 500
_BETWEEN = re.compile("[,;،、；]")


class NotATag(ValueError):
    """The message says what to type instead."""


def clean_tag(text: str) -> str:
    """Raises NotATag."""
    try:
        name = clean_line(text)
    except NotAllowed as error:
        raise NotATag("A tag is one line of plain words.") from error
    if not name[:1].isalnum():
        raise NotATag("A tag begins with a letter or a digit, such as “volunteer”.")
    if len(name) > LONGEST:
        raise NotATag(f"A tag has at most {LONGEST} characters.")
    if _BETWEEN.search(name):
        raise NotATag("A tag has no comma and no semicolon: they stand between tags.")
    return name


def read_tags(cell: str) -> tuple[str, ...]:
    """The tags of a cell with commas or semicolons between them, each once. Raises NotATag."""
    found = {key_of(name): name for name in map(clean_tag, filter(str.strip, _BETWEEN.split(cell)))}
    if len(found) > MOST_OF_ONE:
        raise NotATag(f"Nobody has more than {MOST_OF_ONE} tags at once.")
    return tuple(found.values())


def written(names: Iterable[str]) -> str:
    """As `read_tags` reads them again."""
    return ", ".join(names)


def key_of(name: str) -> str:
    """By which two spellings are one tag."""
    return name.casefold()
