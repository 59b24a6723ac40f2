"""Two people change one page's words: what only one of them touched is taken, what both touched is shown to them."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from actions.pages.words import PageWords

Path = tuple[str, ...]


@dataclass(frozen=True)
class Merged:
    """`clashes` are the fields that both changed, each in another way; there `words` has mine."""

    words: PageWords
    clashes: tuple[str, ...]
    # What the others changed and I did not.
    taken: tuple[str, ...]


def merge(before: PageWords, theirs: PageWords, mine: PageWords) -> Merged:
    """Field by field; the story is one field, and so is each of the petition, the letter and the notes."""
    old, other, own = (dict(_fields(words)) for words in (before, theirs, mine))
    chosen: dict[Path, Any] = {}
    clashes, taken = [], []
    for path in {**own, **other}:
        was, they_have, i_have = old.get(path), other.get(path), own.get(path)
        chosen[path] = i_have
        if _same(they_have, i_have) or _same(they_have, was):
            continue
        if _same(i_have, was):
            chosen[path] = they_have
            taken.append(".".join(path))
        else:
            clashes.append(".".join(path))
    return Merged(_words_of(chosen), tuple(clashes), tuple(taken))


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401  # words are texts, lists and mappings
    """A field that is missing says as much as an empty one."""
    return (one or "") == (other or "")


def _fields(words: PageWords) -> Iterator[tuple[Path, Any]]:
    for name, value in asdict(words).items():
        if isinstance(value, Mapping):
            yield from (((name, key), part) for key, part in value.items())
        else:
            yield (name,), value


def _words_of(chosen: Mapping[Path, Any]) -> PageWords:
    whole: dict[str, Any] = {name: {} for name in ("lead", "petition", "letter", "privacy", "notes")}
    whole |= {"title": "", "summary": "", "blocks": []}
    for path, value in chosen.items():
        if len(path) == 1:
            whole[path[0]] = value
        elif value is not None:
            whole[path[0]][path[1]] = value
    return PageWords(**whole)
