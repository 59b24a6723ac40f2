from dataclasses import replace

from actions.pages.merging import merge
from actions.pages.words import NO_WORDS
from tests.factories.page_words import WORDS


def test_what_only_one_of_two_changed_is_taken() -> None:
    theirs = replace(WORDS, summary="Theirs.", letter=WORDS.letter | {"body": "Their letter."})
    mine = replace(WORDS, title="Mine", letter=WORDS.letter | {"subject": "My subject"})
    merged = merge(WORDS, theirs, mine)
    assert merged.clashes == ()
    assert (merged.words.title, merged.words.summary) == ("Mine", "Theirs.")
    assert merged.words.letter == {"subject": "My subject", "body": "Their letter.", "points": []}
    assert set(merged.taken) == {"summary", "letter.body"}


def test_what_both_changed_differently_is_a_clash_and_mine_is_kept_to_be_looked_at() -> None:
    merged = merge(WORDS, replace(WORDS, title="Theirs"), replace(WORDS, title="Mine"))
    assert merged.clashes == ("title",)
    assert merged.words.title == "Mine"


def test_what_both_changed_alike_is_no_clash() -> None:
    same = replace(WORDS, title="Free her now")
    assert merge(WORDS, same, same).clashes == ()


def test_two_begin_a_translation_at_once() -> None:
    theirs = replace(NO_WORDS, title="ដោះលែង")
    mine = replace(NO_WORDS, summary="សូមសរសេរ")
    merged = merge(NO_WORDS, theirs, mine)
    assert (merged.words.title, merged.words.summary, merged.clashes) == ("ដោះលែង", "សូមសរសេរ", ())


def test_a_note_that_is_missing_says_as_much_as_an_empty_one() -> None:
    assert merge(WORDS, WORDS, replace(WORDS, notes={"safety": ""})).clashes == ()
    assert merge(WORDS, replace(WORDS, notes={"safety": ""}), WORDS).taken == ()
