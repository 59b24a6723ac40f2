from dataclasses import asdict, replace

import pytest
from flask import Flask

from actions.pages.words import PageWords
from tests.factories.page_words import WORDS
from tests.factories.pages import add_wording, make_page


def test_words_come_out_as_they_went_in(app: Flask) -> None:
    row = add_wording(make_page(), "km", **asdict(WORDS))
    assert PageWords.of(row) == WORDS


@pytest.mark.requirement("W-12")
def test_cleaning_twice_is_cleaning_once() -> None:
    once = replace(WORDS, blocks=[{"type": "text", "html": "<p>a<img src=x onerror=y></p>"}]).sanitised()
    assert once.blocks == [{"type": "text", "html": "<p>a</p>"}]
    assert once.sanitised() == once
