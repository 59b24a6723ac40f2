import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PageObject, PdfReader

from actions.letters.postal import envelope_lines
from actions.letters.typesetting import PDF_FONTS, LetterSheet, NoFontForScript, Slip, paragraphs_of, typeset

EMBASSY = (
    "His Excellency Mr. Hem Heng",
    "Ambassador Extraordinary and Plenipotentiary",
    "Royal Embassy of Cambodia",
    "4530 16th Street, NW",
    "Washington, DC 20011",
)
LETTER = LetterSheet(
    paper="us-letter",
    language="en",
    sender_lines=("Ann Lee", "12 Elm Street", "Oakland, CA 94601"),
    recipient_lines=EMBASSY,
    place_and_date="Oakland, July 22, 2014",
    subject="The arrest of Mu Sochua",
    salutation="Your Excellency,",
    body=("I ask you respectfully to convey my request.", "She and her six colleagues should go free."),
    close="Yours respectfully,",
    writer_name="Ann B. Lee",
    small_print="Written and posted by the person who signs it.",
)
KHMER = "លោកស្រីបានបង្កើតអង្គការ Khemara ដែលជាអង្គការស្ត្រីដំបូងបង្អស់នៅកម្ពុជា"
ARABIC = "أكتب إليكم بكل احترام بشأن اعتقال السيدة Mu Sochua مع ستة من زملائها"


@pytest.fixture(scope="session", autouse=True)
def _fonts_are_built() -> None:
    if not list(PDF_FONTS.glob("*.ttf")):
        pytest.fail(f"no fonts in {PDF_FONTS}: build the front end first (npm ci && npm run build)")


def read(pdf: bytes) -> PdfReader:
    return PdfReader(BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in read(pdf).pages)


def lines_of(pdf: bytes) -> list[str]:
    return [line.strip() for line in text_of(pdf).splitlines()]


def faces_in(pdf: bytes) -> set[str]:
    fonts = [font.get_object() for page in read(pdf).pages for font in page["/Resources"]["/Font"].values()]
    return {str(font["/BaseFont"]).split("+")[-1].split("-")[0] for font in fonts}


def points_from_top(page: PageObject, wanted: Sequence[str]) -> dict[str, float]:
    """Where the base line of each text stands, in points below the sheet's upper edge."""
    found: dict[str, float] = {}

    def note(text: str, matrix: list[float], text_matrix: list[float], *_: object) -> None:
        y = matrix[1] * text_matrix[4] + matrix[3] * text_matrix[5] + matrix[5]
        for line in wanted:
            if line in text:
                found.setdefault(line, float(page.mediabox.height) - y)

    page.extract_text(visitor_text=note)
    return found


def test_a_letter_holds_every_part_in_its_order() -> None:
    lines = lines_of(typeset(LETTER))
    parts = (
        "Ann Lee",
        *EMBASSY,
        LETTER.place_and_date,
        LETTER.subject,
        LETTER.salutation,
        *LETTER.body,
        LETTER.close,
        LETTER.writer_name,
        LETTER.small_print,
    )
    assert [lines.index(part) for part in parts if part] == sorted(lines.index(part) for part in parts if part)
    assert "12 Elm Street · Oakland, CA 94601" in lines


@pytest.mark.parametrize(("paper", "width", "height"), [("us-letter", 612, 792), ("a4", 595.28, 841.89)])
def test_the_sheet_has_the_size_of_the_printer_s(paper: str, width: float, height: float) -> None:
    box = read(typeset(replace(LETTER, paper=paper))).pages[0].mediabox  # type: ignore[arg-type]  # parametrized
    assert (float(box.width), float(box.height)) == pytest.approx((width, height), abs=0.1)


def test_the_block_stands_in_the_window_of_a_us_number_10_envelope() -> None:
    at = points_from_top(read(typeset(LETTER)).pages[0], EMBASSY)
    assert len(at) == 5
    assert 2.05 * 72 + 8 < min(at.values()) < max(at.values()) < 3.15 * 72


@pytest.mark.parametrize("extra", [(), ("Line 6",), ("Line 6", "Line 7", "Line 8", "UNITED STATES")])
def test_the_block_stands_in_the_window_of_din_5008_form_b(extra: tuple[str, ...]) -> None:
    block = (*EMBASSY, *extra)
    at = points_from_top(read(typeset(replace(LETTER, paper="a4", recipient_lines=block))).pages[0], block)
    assert len(at) == len(block)
    assert 45 * 72 / 25.4 + 8 < min(at.values()) < max(at.values()) < 90 * 72 / 25.4


def test_a_block_too_long_for_any_window_pushes_the_letter_down_and_covers_nothing() -> None:
    block = tuple(f"Line {number} of an address without an end" for number in range(30))
    page = read(typeset(replace(LETTER, recipient_lines=block))).pages[0]
    at = points_from_top(page, (block[-1], LETTER.place_and_date))
    assert at[block[-1]] + 20 < at[LETTER.place_and_date]


@pytest.mark.parametrize(
    "hostile",
    [
        '#eval("1+1")',
        "#panic()",
        "$x^2$ $",
        "\\ \\n \\u{41}",
        "[link](https://example.org) @ref <label>",
        "*bold* _slanted_ `raw` = heading",
        "// no comment /* nor this */",
        '#import "@preview/x:1.0.0": *',
        "#sys.inputs",
        "-- --- ... 'single' \"double\"",
        "{{ 7 * 7 }} </script>",
    ],
)
def test_hostile_text_is_printed_as_it_was_typed(hostile: str) -> None:
    sheet = replace(
        LETTER,
        sender_lines=(hostile,),
        recipient_lines=(hostile,),
        subject=hostile,
        salutation=hostile,
        body=(hostile,),
        close=hostile,
        writer_name=hostile,
        small_print=hostile,
        place_and_date=hostile,
    )
    assert lines_of(typeset(sheet)).count(hostile) == 9


def test_control_characters_vanish_and_tabs_are_spaces() -> None:
    lines = lines_of(typeset(replace(LETTER, body=("a\x00b\x07c\x1b[31m\td\ufeff\ud800\ufffe.",))))
    assert "abc[31m d." in lines


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8"), max_size=60), st.text(max_size=12))
def test_whatever_is_typed_is_printed_or_refused_for_its_script(text: str, language: str) -> None:
    sheet = replace(LETTER, subject=text, body=(text,), recipient_lines=(text,), language=language)
    try:
        outcome = typeset(sheet)[:5]
    except NoFontForScript as refused:
        outcome = refused.script.encode()
    assert outcome == b"%PDF-" or len(outcome) == 4


def test_khmer_is_set_in_a_khmer_face_inside_english_and_on_its_own() -> None:
    inside = typeset(replace(LETTER, body=("She founded Khemara (ខេមរា) in 1989.",)))
    assert faces_in(inside) == {"SourceSerif4", "NotoSerifKhmer"}
    alone = typeset(replace(LETTER, language="km", paper="a4", body=(KHMER,) * 3, subject=None, demonstration=True))
    assert "NotoSerifKhmer" in faces_in(alone)
    assert "Khemara" in text_of(alone)


def test_khmer_breaks_between_words_though_it_has_no_spaces() -> None:
    run = "ក្រោយពេលវិលត្រឡប់មកវិញនៅឆ្នាំបន្ទាប់ពីការនិរទេសខ្លួនអស់រយៈពេលដប់ប្រាំបីឆ្នាំ" * 3
    page = read(typeset(replace(LETTER, language="km", body=(run,), subject=None))).pages[0]
    text = page.extract_text()
    body = text[text.index("Your Excellency,") + 16 : text.index("Yours respectfully,")].strip().splitlines()
    assert len(body) > 1
    # A vowel sign or a subscript never begins a line.
    assert all("\u1780" <= line.strip()[0] <= "\u17b3" for line in body)


def test_an_arabic_letter_runs_right_to_left_and_leaves_latin_lines_alone() -> None:
    block = envelope_lines(EMBASSY, "US", "EG", "ar")
    sheet = replace(LETTER, paper="a4", language="ar", body=(ARABIC,), recipient_lines=block, subject="اعتقال")
    pdf = typeset(sheet)
    lines = lines_of(pdf)
    assert [line for line in lines if line in block] == block
    assert "NotoNaskhArabic" in faces_in(pdf)
    assert read(pdf).trailer["/Root"]["/Lang"] == "ar"


@pytest.mark.parametrize(
    ("text", "script", "name"),
    [(KHMER, "Khmr", "Khmer"), (ARABIC, "Arab", "Arabic"), ("日本", "Hani", "Han"), ("한국", "Kore", "Korean")],
)
def test_a_script_without_a_font_is_refused_and_named(text: str, script: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(NoFontForScript) as refused:
        typeset(replace(LETTER, body=(text,)), tmp_path)
    assert (refused.value.script, refused.value.name_in("en")) == (script, name)
    assert text not in str(refused.value)


def test_pictures_and_private_characters_are_refused_too() -> None:
    with pytest.raises(NoFontForScript, match="Zsym"):
        typeset(replace(LETTER, body=("Free her 😀",)))
    with pytest.raises(NoFontForScript, match="Zzzz"):
        typeset(replace(LETTER, body=("\ue123",)))


def test_the_refusal_names_the_script_in_the_reader_s_language() -> None:
    assert NoFontForScript("Khmr").name_in("ar") == "الخميرية"
    assert NoFontForScript("Khmr").name_in("xx") == "Khmer"


def test_without_any_font_of_ours_latin_letters_are_set_all_the_same(tmp_path: Path) -> None:
    pdf = typeset(replace(LETTER, body=("Żółć, Müller, Đặng Thị, Ελένη, Надежда.",)), tmp_path)
    assert faces_in(pdf) == {"LibertinusSerif"}
    assert "Żółć, Müller, Đặng Thị, Ελένη, Надежда." in text_of(pdf)


def test_any_folder_of_fonts_will_do_whatever_its_files_are_called(tmp_path: Path) -> None:
    for number, font in enumerate(PDF_FONTS.glob("*.ttf")):
        (tmp_path / f"{number}.ttf").write_bytes(font.read_bytes())
    assert faces_in(typeset(replace(LETTER, body=("ខេមរា",)), tmp_path)) == {"SourceSerif4", "NotoSerifKhmer"}


@pytest.mark.parametrize("language", ["en", "ar", "km", "de"])
def test_a_demonstration_says_so_on_every_page_and_a_real_letter_never(language: str) -> None:
    sheet = replace(LETTER, language=language, body=LETTER.body * 40)
    shown = read(typeset(replace(sheet, demonstration=True)))
    assert len(shown.pages) > 1
    assert all("Demonstration – not to be posted" in page.extract_text() for page in shown.pages)
    assert "Demonstration" not in text_of(typeset(sheet))


def test_a_long_letter_numbers_its_pages_and_ends_with_its_signature() -> None:
    pages = read(
        typeset(replace(LETTER, paper="a4", body=tuple(f"{n}. {LETTER.body[0]} " * 6 for n in range(22))))
    ).pages
    assert len(pages) == 3
    assert [f"{number} / 3" in page.extract_text() for number, page in enumerate(pages, 1)] == [True] * 3
    last = pages[-1].extract_text()
    assert "21. " in last
    assert LETTER.close in last
    assert LETTER.writer_name in last
    assert "1 / 1" not in text_of(typeset(LETTER))


@pytest.mark.parametrize("paragraphs", range(8, 26))
def test_the_signature_never_stands_alone_on_a_page(paragraphs: int) -> None:
    last = read(typeset(replace(LETTER, body=LETTER.body * paragraphs))).pages[-1].extract_text()
    assert LETTER.body[-1] in last
    assert last.index(LETTER.body[-1]) < last.index(LETTER.close) < last.index(LETTER.small_print)


def test_a_word_wider_than_the_sheet_is_broken_not_cut() -> None:
    link = "https://example.org/" + "a-very-long-path/" * 20
    assert link in "".join(text_of(typeset(replace(LETTER, body=(link,)))).replace("\u200b", "").split())


def test_a_long_compound_is_hyphenated_and_no_line_begins_with_its_full_stop() -> None:
    said = " ".join(["Freilassung der Rechtsschutzversicherungsgesellschaften-Vertreterinnen."] * 8)
    links = " ".join(f"https://example.org/{'x' * number}." for number in range(30, 50))
    printed = lines_of(typeset(replace(LETTER, language="de", body=(said, links))))
    assert {line[-1:] for line in printed} & set("-\u00ad\u2010")
    assert not any(line.startswith(".") for line in printed)


def test_empty_parts_leave_no_trace() -> None:
    bare = replace(
        LETTER,
        sender_lines=(),
        subject=None,
        place_and_date="",
        small_print="",
        body=("", "  ", "One line."),
        recipient_lines=("Somebody", "", " "),
        close="",
    )
    assert [line for line in lines_of(typeset(bare)) if line] == [
        "Somebody",
        LETTER.salutation,
        "One line.",
        "Ann B. Lee",
    ]
    nothing = replace(bare, body=(), recipient_lines=(), salutation="", writer_name="")
    assert typeset(nothing).startswith(b"%PDF-")


def test_the_pdf_can_be_read_aloud() -> None:
    pdf = typeset(LETTER)
    root = read(pdf).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert read(pdf).metadata.title == LETTER.subject
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()


def test_the_pdf_says_nothing_about_when_and_by_whom_it_was_made() -> None:
    about = read(typeset(LETTER)).metadata
    assert about is not None
    assert about.author is None
    assert about.creation_date is None
    assert typeset(LETTER) == typeset(LETTER)


def test_typed_text_becomes_paragraphs_that_keep_their_line_breaks() -> None:
    assert paragraphs_of("One,\r\ntwo.\r\n \r\n\r\nThree.\n") == ("One,\ntwo.", "Three.")
    assert paragraphs_of(" \n\n") == ()
    lines = lines_of(typeset(replace(LETTER, body=paragraphs_of("One,\ntwo.\n\nThree."))))
    assert lines[lines.index("One,") : lines.index("One,") + 3] == ["One,", "two.", "Three."]


def test_many_people_typeset_at_once_and_each_gets_their_own_letter_soon() -> None:
    typeset(LETTER)  # the fonts are read once
    names = [f"Writer Number {number}" for number in range(40)]
    began = time.perf_counter()
    with ThreadPoolExecutor(4) as threads:
        pdfs = list(threads.map(lambda name: typeset(replace(LETTER, writer_name=name)), names))
    took = time.perf_counter() - began
    printed = [set(lines_of(pdf)).intersection(names) for pdf in pdfs]
    assert printed == [{name} for name in names]
    # 20 ms a letter on a quiet machine, two of them at a time.
    assert took / len(names) < 0.25


def test_marks_show_where_to_fold_for_each_envelope() -> None:
    """A third of a US sheet; 105 and 210 mm of A4 (DIN 5008)."""
    for paper, folds in (("a4", [105, 210]), ("us-letter", [93.13, 186.27])):
        page = read(typeset(replace(LETTER, paper=paper))).pages[0]
        content = page.get_contents()
        assert content is not None
        drawn = re.findall(rb"q 1 0 0 -1 14.17\d* ([\d.]+) cm", content.get_data())
        height = float(page.mediabox.height)
        assert [(height - float(y)) * 25.4 / 72 for y in drawn] == pytest.approx(folds, abs=0.01)


def test_a_sheet_for_the_writer_comes_last_and_counts_for_no_page() -> None:
    slip = Slip("ar", "لك أنت", ("اطبعها",), "<svg xmlns='http://www.w3.org/2000/svg'/>", "بعد", "https://x.example/p")
    pages = read(typeset(replace(LETTER, slip=slip))).pages
    assert len(pages) == 2
    assert "/ 2" not in pages[0].extract_text()
    assert "Ann" not in pages[1].extract_text()
