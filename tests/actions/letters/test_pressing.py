import json
import subprocess
import sys
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from actions.letters.pressing import UNPRINTABLE, press
from actions.letters.typesetting import NoFontForScript

FRAME: dict[str, Any] = {"paper": "a4", "language": "en", "title": "Letters", "recipient": ["An office"]}
FRAME |= {"kind": "letters", "first": 1, "demonstration": ""}
LETTER = {
    "number": 1,
    "language": "en",
    "day": "1 May 2026",
    "subject": "Free her",
    "salutation": "Your Excellency,",
    "body": "Please.\n\nSoon.",
    "close": "Yours,",
    "writer": "Ann Lee",
    "answers": "",
    "small_print": "By us.",
}
CHINESE = LETTER | {"body": "请释放她"}


def letters(*given: dict[str, Any]) -> dict[str, Any]:
    return FRAME | {"letters": list(given)}


def read(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def test_letters_that_no_font_can_print_are_left_out_and_said() -> None:
    left_out, pdf = press(letters(LETTER, CHINESE, LETTER | {"subject": "한국어"}, LETTER))
    assert (left_out, len(read(pdf))) == ([1, 2], 2)
    assert press(letters(CHINESE)) == ([0], b"")


def test_many_kinds_of_pictures_are_marks() -> None:
    pictures = "".join(chr(0x1F300 + number) for number in range(200))
    left_out, pdf = press(letters(LETTER | {"body": pictures}))
    assert left_out == []
    assert UNPRINTABLE in read(pdf)[0]


def test_a_name_in_the_list_of_writers_is_never_left_out() -> None:
    entries = [{"number": 1, "writer": "王芳", "page": 1}, {"number": 2, "writer": "", "page": 2}]
    values = FRAME | {"kind": "contents", "heading": "Contents", "legend": "", "entries": entries}
    left_out, pdf = press(values)
    assert (left_out, read(pdf)[0].splitlines()[1:3]) == ([], [f"1 {UNPRINTABLE} 1", "2 – 2"])


def test_our_own_words_that_no_font_can_print_are_an_error() -> None:
    with pytest.raises(NoFontForScript):
        press(letters(LETTER) | {"recipient": ["北京"]})


@pytest.mark.parametrize(
    ("language", "body"),
    [("ar", "أكتب إليكم بكل احترام بشأن Mu Sochua"), ("km", "លោកស្រីបានបង្កើតអង្គការ Khemara"), ("en", "")],
)
def test_letters_of_every_script_and_empty_ones_are_set(language: str, body: str) -> None:
    assert len(read(press(letters(LETTER | {"language": language, "body": body, "subject": ""}))[1])) == 1


def test_it_is_a_program_that_reads_and_writes_pipes() -> None:
    values = json.dumps(letters(LETTER)).encode()
    command = [sys.executable, "-m", "actions.letters.pressing"]
    answer = subprocess.run(command, input=values, capture_output=True, check=True).stdout
    said, _, pdf = answer.partition(b"\n")
    assert json.loads(said) == {"left_out": []}
    assert "Ann Lee" in read(pdf)[0]
