"""What a letter holds, and that what its writer confirmed is what goes: a keyed hash over all of it (L-06)."""

import json
from dataclasses import dataclass

from actions.consents.operations import Ticked
from actions.encryption import CannotDecrypt, ring
from actions.letters.models import Letter, NameShown
from actions.letters.wording import LetterWords

USE = "letter"


@dataclass(frozen=True)
class WishToWrite:
    """What a browser sent, in order; `language` is the letter's own.

    `own_share` is measured from the words, in percent; it is no part of what is confirmed.
    """

    first_name: str
    last_name: str
    country: str
    name_shown: NameShown
    words: LetterWords
    language: str
    ticked: tuple[Ticked, ...]
    own_share: int | None = None


@dataclass(frozen=True)
class Way:
    """From whom, for which page and to whom: a row that is moved to another target is no longer what was confirmed."""

    page_id: int
    target_id: int
    supporter_id: int


def hashes(wish: WishToWrite, way: Way) -> list[bytes]:
    """Under every key of the ring, the newest first."""
    said = [
        [way.page_id, way.target_id, way.supporter_id],
        [wish.first_name, wish.last_name, wish.country, wish.name_shown.value, wish.language],
        wish.words.to_json(),
        [one.to_json() for one in wish.ticked],
    ]
    return ring.blind_indexes(json.dumps(said, sort_keys=True), USE)


def words_of(letter: Letter) -> LetterWords | None:
    """None once they were erased."""
    return LetterWords.from_json(letter.words) if letter.words else None


def content_hashes(letter: Letter) -> list[bytes]:
    """Of the row as it stands; none for one whose words are gone or were tampered with."""
    try:
        words = words_of(letter)
        if words is None or letter.supporter_id is None:
            return []
        wish = WishToWrite(
            first_name=letter.first_name or "",
            last_name=letter.last_name or "",
            country=letter.country or "",
            name_shown=letter.name_shown,
            words=words,
            language=letter.language,
            ticked=tuple(Ticked.from_json(one) for one in letter.ticked),
        )
    except (CannotDecrypt, ValueError, TypeError, KeyError):
        return []
    return hashes(wish, Way(letter.page_id, letter.target_id, letter.supporter_id))


def is_as_confirmed(letter: Letter) -> bool:
    return letter.content_hash is not None and letter.content_hash in content_hashes(letter)
