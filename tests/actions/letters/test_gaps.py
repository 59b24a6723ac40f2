import pytest

from actions.letters.gaps import gaps_in, left_open

MODEL = "I write because [why this matters to you].\n\nI live in [your town], [your town] is far."


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        (MODEL, ("why this matters to you", "your town")),
        ("ខ្ញុំសរសេរ [មូលហេតុ]។", ("មូលហេតុ",)),
        ("أكتب لأن [سبب كتابتك].", ("سبب كتابتك",)),
        ("Ich schreibe, weil [warum].", ("warum",)),
        ("[ two  words ] [] [  ] [[nested]] [open", ("two  words", "nested")),
        ("[over\na line]", ()),
        ("[" + "x" * 201 + "]", ()),
        ("", ()),
    ],
)
def test_a_gap_stands_in_brackets_on_one_line(text: str, gaps: tuple[str, ...]) -> None:
    assert gaps_in(text) == gaps


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        (MODEL, ("why this matters to you", "your town")),
        ("I write because my mother was a midwife. I live in [your town].", ("your town",)),
        ("I write because [why  this\r\nmatters to you", ("why this matters to you",)),
        ("I write because why this matters to you].", ("why this matters to you",)),
        ("I write because [ why this matters to you ]", ("why this matters to you",)),
        ("I say why this matters to you. She was jailed [sic] in [2014].", ()),
        ("", ()),
    ],
)
def test_a_gap_is_open_while_its_words_stand_at_a_bracket(typed: str, left: tuple[str, ...]) -> None:
    assert left_open(typed, [MODEL]) == left


def test_what_typing_takes_out_of_a_khmer_gap_hides_it_from_nobody() -> None:
    assert left_open("ខ្ញុំ [មូល\u200bហេតុ]", ["[មូល\u200bហេតុ]"]) == ("មូល\u200bហេតុ",)
    assert left_open("ខ្ញុំ [មូលហេតុ]", ["[មូល\u200bហេតុ]"]) == ("មូល\u200bហេតុ",)


def test_many_brackets_are_no_riddle() -> None:
    assert left_open("[" * 20_000 + "]" * 20_000, [MODEL]) == ()
    assert gaps_in("[" * 100_000) == ()
