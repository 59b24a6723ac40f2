"""How much of a letter is its writer's own: what stands neither in the model letter nor in the sentences we offer.

Looked at by runs of words, since a writer may use any single word of ours; where a script parts no words, by runs of
its clusters.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from actions.rendering import gettext, words

RUN_OF_WORDS = 3
# About as many Khmer words.
RUN_OF_CLUSTERS = 7
# Thai and Lao, Myanmar, Khmer, Japanese, Chinese.
_NO_SPACES = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
)
# Up to this many percent, in these words.
_MEASURES = (
    (1, words("So far these are our words alone.")),
    (17, words("A little of this is your own.")),
    (29, words("About a quarter of this is your own.")),
    (41, words("About a third of this is your own.")),
    (58, words("About half of this is your own.")),
    (84, words("More than half of this is your own.")),
    (100, words("Nearly all of this is your own.")),
)
NUDGE_BELOW = 42


def own_share(typed: str, ours: Iterable[str]) -> int:
    """In percent of the letters; 0 for an empty text. Takes time in proportion to the lengths, whatever is typed."""
    tokens = list(_tokens(typed))
    if not tokens:
        return 0
    run = min(_run_of(tokens), len(tokens))
    known = {one for text in ours for one in _runs(list(_tokens(text)), run)}
    taken = bytearray(len(tokens))
    for at, one in enumerate(_runs(tokens, run)):
        if one in known:
            taken[at : at + run] = b"\x01" * run
    own = sum(len(token) for token, is_ours in zip(tokens, taken, strict=True) if not is_ours)
    return round(100 * own / sum(map(len, tokens)))


def measure(share: int, language: str) -> str:
    """`About a third of this is your own.`, with a word of why more would count, where it is less than half."""
    said = gettext(language, next(said for most, said in _MEASURES if share <= most))
    if share >= NUDGE_BELOW:
        return said
    nudge = words("A sentence about why you write weighs more than ten letters alike.")
    return f"{said} {gettext(language, nudge)}"


def _tokens(text: str) -> Iterator[str]:
    """Words, and of scripts that part none each cluster: a letter with its marks."""
    token = ""
    for character in unicodedata.normalize("NFKC", text).casefold():
        kind = unicodedata.category(character)[0]
        if kind == "C":
            continue
        if token and (kind not in "LMN" or (kind != "M" and _is_cluster(token + character))):
            yield token
            token = ""
        if kind in "LN" or (kind == "M" and token):
            token += character
    if token:
        yield token


def _is_cluster(token: str) -> bool:
    ends = token[0], token[-1]
    return max(ends) >= _NO_SPACES[0][0] and any(
        first <= letter <= last for letter in ends for first, last in _NO_SPACES
    )


def _run_of(tokens: Sequence[str]) -> int:
    clusters = sum(_is_cluster(token) for token in tokens)
    return RUN_OF_CLUSTERS if clusters * 2 > len(tokens) else RUN_OF_WORDS


def _runs(tokens: Sequence[str], run: int) -> list[tuple[str, ...]]:
    return [tuple(tokens[at : at + run]) for at in range(len(tokens) - run + 1)]
