from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from actions.letters.joining import HEADER, Frame, NotJoinable, Part, Place, framed, joined
from actions.letters.typesetting import set_pdf

TITLE = "A title (with 5 0 R) and \\ and ) in it"
SOURCE = """#let sheet = json(bytes(sys.inputs.sheet))
#set document(title: sheet.title, date: none)
#set text(font: sheet.fonts)
#for number in sheet.numbers { pagebreak(weak: true); heading(bookmarked: true, str(number)); par(sheet.title) }
"""


def part_of(folder: Path, *numbers: int) -> bytes:
    template = folder / "part.typ"
    template.write_text(SOURCE)
    return set_pdf(template, {"title": TITLE, "numbers": numbers})


Whole = tuple[bytes, list[Part], list[list[int]]]


@pytest.fixture
def whole(tmp_path: Path) -> Whole:
    """The third part is read first."""
    octets, parts, offsets = b"", list[Part](), list[list[int]]()
    for numbers, pages in (((1, 2), None), ((3,), None), ((7,), 4)):
        made, part, places = joined(part_of(tmp_path, *numbers), parts[-1].next if parts else Place(), whole=pages)
        octets, parts, offsets = octets + made, [*parts, part], [*offsets, places]
    frame = framed(parts, [2, 0, 1], Frame("ar", rtl=True, front=1), offsets)
    return octets + b"".join(frame), parts, offsets


def test_parts_are_one_file_in_the_order_in_which_they_are_read(whole: Whole) -> None:
    octets, parts, _ = whole
    reader = PdfReader(BytesIO(octets), strict=True)
    assert octets.startswith(HEADER)
    assert [page.extract_text().split()[0] for page in reader.pages] == ["7", "1", "2", "3"]
    assert all(TITLE in page.extract_text() for page in reader.pages)
    assert reader.page_labels == ["i", "1", "2", "3"]
    assert [part.begins for part in parts] == [[0, 1], [0], [0]]
    assert [Part.from_json(part.to_json()) for part in parts] == parts


def test_the_table_names_every_object_where_it_is(whole: Whole) -> None:
    octets, parts, offsets = whole
    for part, places in zip(parts, offsets, strict=True):
        for number, offset in enumerate(places, start=part.at.number):
            assert offset < 0 or octets[offset:].startswith(b"%d 0 obj\n" % number)


def test_each_page_has_its_structure_and_the_whole_says_what_it_is(whole: Whole) -> None:
    """PDF/UA-1: a title, a language, and a tree by which a screen reader finds what a page holds."""
    catalog = PdfReader(BytesIO(whole[0]), strict=True).trailer["/Root"]
    tree = catalog["/StructTreeRoot"]
    assert len(tree["/K"]) == 3
    assert {str(one.get_object()["/P"]["/Type"]) for one in tree["/K"]} == {"/StructTreeRoot"}
    keys = [key for kid in tree["/ParentTree"]["/Kids"] for key in kid["/Nums"][::2]]
    pages = PdfReader(BytesIO(whole[0])).pages
    assert (keys, [page["/StructParents"] for page in pages]) == ([0, 1, 2, 3], [3, 0, 1, 2])
    assert (catalog["/Lang"], catalog["/ViewerPreferences"]["/Direction"]) == ("ar", "/R2L")
    described = catalog["/Metadata"].get_data().decode()
    assert "<pdfuaid:part>1<" in described
    assert "NPages>4<" in described


@pytest.mark.parametrize("spoilt", [b"", b"%PDF-1.7\nstartxref\n3\n%%EOF", b"startxref\n0\n%%EOF"])
def test_what_is_no_file_of_typst_is_refused(spoilt: bytes) -> None:
    with pytest.raises(NotJoinable):
        joined(spoilt, Place())


def test_a_table_that_points_elsewhere_is_refused(tmp_path: Path) -> None:
    good = part_of(tmp_path, 1)
    with pytest.raises(NotJoinable):
        joined(good.replace(b"%PDF-1.7\n", b"%PDF-1.7\n\n", 1), Place())
