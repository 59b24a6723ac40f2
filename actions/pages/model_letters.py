"""The model letters of a page: one in each language that it speaks, and in others that only letters are written in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from actions.pages.models import Page
from actions.pages.queries import wordings
from email_templates.language import LANGUAGES, LETTER_LANGUAGES

# They stand with the words in the page's own language, as `subject_de`, `body_de`, `sentences_de`.
ONLY_LETTERS = tuple(code for code in LETTER_LANGUAGES if code not in LANGUAGES)
PARTS = ("subject", "body", "sentences")


@dataclass(frozen=True)
class ModelLetter:
    """`sentences` are those that a writer may add; they are in the letter's language, as all of it."""

    language: str
    subject: str
    body: str
    sentences: tuple[str, ...] = ()

    @property
    def ours(self) -> tuple[str, ...]:
        """Every text of it that a writer may have taken over."""
        return (self.body, *self.sentences)


def model_letters(page: Page) -> dict[str, ModelLetter]:
    """By language, the page's own first; a letter that lacks its subject or its body is none."""
    found: dict[str, ModelLetter | None] = {}
    for code, words in wordings(page).items():
        found[code] = letter_in(words.letter, code)
    own = wordings(page)[page.default_language].letter
    for code in ONLY_LETTERS:
        found[code] = letter_in(own, code, f"_{code}")
    return {code: letter for code, letter in found.items() if letter is not None}


def letter_in(words: Mapping[str, Any], code: str, suffix: str = "") -> ModelLetter | None:
    """As a wording keeps it."""
    subject, body = (str(words.get(f"{part}{suffix}") or "") for part in ("subject", "body"))
    if not subject or not body:
        return None
    return ModelLetter(code, subject, body, tuple(words.get(f"sentences{suffix}") or ()))
