"""A pass phrase that a person can copy by hand and read out, whatever language they speak: no dictionary's words."""

import secrets

WORDS = 6
# Four bits a consonant, two a vowel: sixteen a word, ninety-six a phrase.
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"
_WORD = (_CONSONANTS, _VOWELS, _CONSONANTS, _VOWELS, _CONSONANTS)


def new_phrase() -> str:
    return " ".join("".join(map(secrets.choice, _WORD)) for _ in range(WORDS))


def is_phrase(text: str) -> bool:
    """Whether it is one of ours: whoever chooses words of their own chooses weak ones."""
    words = text.split(" ")
    return len(words) == WORDS and all(
        len(word) == len(_WORD) and all(letter in letters for letter, letters in zip(word, _WORD, strict=True))
        for word in words
    )
