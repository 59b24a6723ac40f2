from math import log2

import pytest

from actions.exports.phrases import is_phrase, new_phrase


def test_a_phrase_is_six_words_that_are_new_each_time() -> None:
    phrases = {new_phrase() for _ in range(100)}
    assert len(phrases) == 100
    assert all(is_phrase(phrase) for phrase in phrases)
    letters = [{phrase.split(" ")[0][at] for phrase in phrases} for at in range(5)]
    assert sum(log2(len(seen)) for seen in letters) > 14


@pytest.mark.parametrize("typed", ["", "password", "lusab babad gutih tugad hulul", "a b c d e f", "lusab " * 6])
def test_no_other_words_are_taken(typed: str) -> None:
    assert not is_phrase(typed)
