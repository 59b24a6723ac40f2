from dataclasses import replace

import pytest
from flask import Flask

from actions.letters.content import Way, content_hashes, hashes, is_as_confirmed, words_of
from actions.letters.journal import forget_words
from actions.letters.models import Letter, NameShown
from actions.letters.wording import LetterWords
from tests.factories.letters import WORDS, make_letter, make_supporter, make_wish
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target

WAY = Way(1, 2, 3)


@pytest.fixture
def letter(app: Flask) -> Letter:
    make_organisation()
    make_list()
    target = make_target()
    return make_letter(make_page(targets=[target]), target, make_supporter())


@pytest.mark.requirement("L-06")
def test_the_hash_covers_everything_that_goes_and_where(app: Flask) -> None:
    wish = make_wish()
    others = [
        hashes(replace(wish, first_name="Anna"), WAY),
        hashes(replace(wish, last_name="Leigh"), WAY),
        hashes(replace(wish, country="FR"), WAY),
        hashes(replace(wish, language="km"), WAY),
        hashes(replace(wish, name_shown=NameShown.INITIALS), WAY),
        *(
            hashes(replace(wish, words=replace(WORDS, **{field: "x"})), WAY)
            for field in LetterWords.__dataclass_fields__
        ),
        *(hashes(wish, replace(WAY, **{field: 9})) for field in Way.__dataclass_fields__),
    ]
    assert hashes(wish, WAY) == hashes(make_wish(), WAY)
    assert len({one[0] for one in [*others, hashes(wish, WAY)]}) == len(others) + 1


def test_a_stored_letter_is_what_was_confirmed_until_its_words_go(letter: Letter) -> None:
    assert words_of(letter) == WORDS
    assert is_as_confirmed(letter)
    forget_words(letter)
    assert words_of(letter) is None
    assert content_hashes(letter) == []
    assert not is_as_confirmed(letter)


@pytest.mark.requirement("L-06")
def test_a_value_from_another_row_does_not_open(letter: Letter) -> None:
    letter.words_sealed = letter.last_name_sealed
    assert content_hashes(letter) == []
