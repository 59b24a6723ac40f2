"""The sentences that a page offers for its letter: each is added by a press, which works without a script."""

from collections.abc import Sequence
from dataclasses import dataclass

from actions.letters.gaps import evened
from actions.letters.typesetting import paragraphs_of


@dataclass(frozen=True)
class Offered:
    """`meaning`: the same in its reader's language, where the letter's is another and the page has it."""

    text: str
    meaning: str
    is_in: bool


def offered(texts: Sequence[str], meanings: Sequence[str], body: str) -> list[Offered]:
    """`meanings` that are not as many as the sentences are none."""
    known = meanings if len(meanings) == len(texts) else [""] * len(texts)
    said = evened(body)
    return [Offered(text, meaning, evened(text) in said) for text, meaning in zip(texts, known, strict=True)]


def with_sentence(body: str, sentence: str, model: str) -> str:
    """As a paragraph before the last, if that is still the model's, since it asks for an answer; else at the end."""
    if _holds(body, sentence):
        return body
    written, ours = list(paragraphs_of(body)), paragraphs_of(model)
    keeps_end = len(written) > 1 and bool(ours) and evened(written[-1]) == evened(ours[-1])
    written.insert(len(written) - keeps_end, sentence)
    return "\n\n".join(written)


def _holds(body: str, sentence: str) -> bool:
    return evened(sentence) in evened(body)
