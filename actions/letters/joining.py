"""Several PDFs of Typst's as one, written a part at a time: nothing of the parts before has to be in memory.

Typst writes PDF 1.7 with plain objects and one table of them. Each part's objects are numbered on; its pages become a
node of the page tree, its structure a child of the structure tree (PDF/UA). The frame of the whole comes last.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

HEADER = b"%PDF-1.7\n%\x80\x80\x80\x80\n\n"
CATALOG, PAGES, STRUCTURE, PARENTS = 1, 2, 3, 4
FREE = -1
# A text in parentheses may hold what looks like a reference; nested ones are balanced.
_IN_BRACKETS = rb"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)"
_REFERENCE = re.compile(_IN_BRACKETS + rb"|\b(\d+) 0 R\b", re.DOTALL)
_KEY = re.compile(rb"/StructParents? (\d+)")
_STREAM = b"\nstream\n"
# Of the part's own frame.
_LEFT_OUT = re.compile(rb"<</Type/(?:Catalog|Outlines|StructTreeRoot)\b|<</(?:Parent|Title|Creator)\b")


class NotJoinable(Exception):
    """This is not as Typst writes a PDF."""


@dataclass(frozen=True)
class Place:
    """Where the next part begins: its first object, its first octet, its first key of the structure tree."""

    number: int = PARENTS + 1
    octet: int = 0
    key: int = 0


@dataclass(frozen=True)
class Part:
    """`begins`: the pages, from 0, on which its headings stand."""

    at: Place
    next: Place
    node: int
    pages: int
    elements: Sequence[int]
    parents: int
    begins: Sequence[int]
    metadata: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Part":
        return cls(**{**stored, "at": Place(**stored["at"]), "next": Place(**stored["next"])})


@dataclass(frozen=True)
class Frame:
    """`front`: how many pages go before those that are numbered from 1."""

    language: str
    rtl: bool
    front: int


def joined(pdf: bytes, at: Place, *, whole: int | None = None) -> tuple[bytes, Part, list[int]]:
    """The octets of this part, what has to be known of it, and where its objects are from the first octet of all.

    `whole`: pages in all, for the part whose title and description the whole has. Raises NotJoinable.
    """
    objects = _objects(pdf)
    catalog = next((one for one in objects.values() if one.startswith(b"<</Type/Catalog")), b"")
    kids_of, structure = _number(rb"/Pages (\d+) 0 R", catalog), _number(rb"/StructTreeRoot (\d+) 0 R", catalog)
    described = _number(rb"/Metadata (\d+) 0 R", catalog)
    first = at.number
    numbers = {old: first + place for place, old in enumerate(objects)} | {structure: STRUCTURE}
    parents = first + len(objects)
    out, offsets = bytearray(HEADER if at.octet == 0 else b""), []
    for old, body in objects.items():
        if _LEFT_OUT.match(body) or (old == described and whole is None):
            offsets.append(FREE)
            continue
        if old == kids_of:
            written = body.replace(b"<</Type/Pages", b"<</Type/Pages/Parent %d 0 R" % PAGES, 1)
            written = _numbered(written, numbers | {PAGES: PAGES}, at.key, keep=b"/Parent %d 0 R" % PAGES)
        elif old == described:
            written = _of_the_whole(body, whole or 0)
        else:
            written = _numbered(body, numbers, at.key)
        offsets.append(at.octet + len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (numbers[old], written)
    kids = [int(number) for number in re.findall(rb"(\d+) 0 R", _found(rb"/Kids\[(.*?)\]", objects[kids_of]))]
    tree = objects[structure]
    keys = re.findall(rb"(\d+) (\d+) 0 R", _found(rb"/ParentTree<</Nums\[(.*?)\]", tree))
    pairs = b" ".join(b"%d %d 0 R" % (at.key + int(key), numbers[int(old)]) for key, old in keys)
    most = at.key + len(keys)
    offsets.append(at.octet + len(out))
    out += b"%d 0 obj\n<</Limits[%d %d]/Nums[%s]>>\nendobj\n" % (parents, at.key, most - 1, pairs)
    elements = [numbers[int(old)] for old in re.findall(rb"(\d+) 0 R", _found(rb"/K\[(.*?)\]", tree))]
    part = Part(
        at=at,
        next=Place(parents + 1, at.octet + len(out), most),
        node=numbers[kids_of],
        pages=len(kids),
        elements=elements,
        parents=parents,
        begins=[kids.index(page) for page in _headings(objects)],
        metadata=numbers[described] if whole is not None else 0,
    )
    return bytes(out), part, offsets


def framed(
    parts: Sequence[Part], order: Sequence[int], frame: Frame, offsets: Iterable[Sequence[int]]
) -> Iterator[bytes]:
    """What comes after the last part, in pieces: catalogue, trees and table. `order`: of the parts, as they are read;
    `offsets`: of each part, in the order in which they were joined.
    """
    last = parts[-1].next
    read = [parts[place] for place in order]
    described = next(part.metadata for part in parts if part.metadata)
    labels = b"0<</S/r>>%d<</S/D>>" % frame.front if frame.front else b"0<</S/D>>"
    direction = b"R2L" if frame.rtl else b"L2R"
    nodes = _references(one.node for one in read)
    bodies = {
        CATALOG: b"<</Type/Catalog/Pages %d 0 R/Metadata %d 0 R/PageLabels<</Nums[%s]>>/Lang(%s)/StructTreeRoot %d 0 R"
        b"/MarkInfo<</Marked true/Suspects false>>/ViewerPreferences<</DisplayDocTitle true/Direction/%s>>>>"
        % (PAGES, described, labels, frame.language.encode(), STRUCTURE, direction),
        PAGES: b"<</Type/Pages/Count %d/Kids[%s]>>" % (sum(one.pages for one in read), nodes),
        STRUCTURE: b"<</Type/StructTreeRoot/RoleMap<</Datetime/Span/Terms/Part/Title/P/Strong/Span/Em/Span>>/K[%s]"
        b"/ParentTree %d 0 R/ParentTreeNextKey %d>>"
        % (_references(element for one in read for element in one.elements), PARENTS, last.key),
        PARENTS: b"<</Kids[%s]>>" % _references(one.parents for one in parts),
    }
    out, first = bytearray(), []
    for number, body in bodies.items():
        first.append(last.octet + len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = last.octet + len(out)
    yield bytes(out) + b"xref\n0 %d\n" % last.number + _rows([FREE, *first])
    yield from map(_rows, offsets)
    yield b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (last.number, CATALOG, table)


def _rows(offsets: Sequence[int]) -> bytes:
    """Of the table; 20 octets each."""
    return b"".join(b"0000000000 65535 f \n" if one == FREE else b"%010d 00000 n \n" % one for one in offsets)


def _objects(pdf: bytes) -> dict[int, bytes]:
    """Number -> body, in the order of their numbers."""
    at = int(_found(rb"startxref\s+(\d+)\s+%%EOF\s*$", pdf[-64:]))
    rows = pdf[at:].split(b"\n")
    if rows[0] != b"xref" or not rows[1].startswith(b"0 "):
        raise NotJoinable("its table of objects is not at its end")
    offsets = [int(row[:10]) for row in rows[3 : 2 + int(rows[1][2:])]]
    found = {}
    for place, (begin, end) in enumerate(zip(offsets, [*offsets[1:], at], strict=True), start=1):
        said, _, body = pdf[begin:end].partition(b" 0 obj\n")
        if said != b"%d" % place or not body.endswith(b"\nendobj\n"):
            raise NotJoinable("an object is not where the table says")
        found[place] = body.removesuffix(b"\nendobj\n")
    return found


def _numbered(body: bytes, numbers: Mapping[int, int], key: int, *, keep: bytes = b"") -> bytes:
    """With references and keys as the whole has them; a stream stays what it is."""
    said, stream, data = body.partition(_STREAM)
    _, kept, rest = said.partition(keep) if keep else (b"", b"", said)
    before = said[: len(said) - len(rest)] if kept else b""
    written = _REFERENCE.sub(lambda found: found[0] if found[1] is None else b"%d 0 R" % numbers[int(found[1])], rest)
    written = _KEY.sub(lambda found: found[0].replace(found[1], b"%d" % (key + int(found[1]))), written)
    return before + written + stream + data


def _headings(objects: Mapping[int, bytes]) -> Iterator[int]:
    """Of each heading, in their order, the object of its page: the outline of the part says so."""
    for body in objects.values():
        if body.startswith(b"<</Parent ") and b"/Title" in body and (to := re.search(rb"/Dest (\d+) 0 R", body)):
            yield _number(rb"\[(\d+) 0 R", objects[int(to[1])])


def _of_the_whole(body: bytes, pages: int) -> bytes:
    text = body.partition(_STREAM)[2].removesuffix(b"\nendstream")
    text = re.sub(rb"(<xmpTPg:NPages>)\d+", rb"\g<1>%d" % pages, text)
    return b"<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n%s\nendstream" % (len(text), text)


def _references(numbers: Iterator[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _number(pattern: bytes, text: bytes) -> int:
    return int(_found(pattern, text))


def _found(pattern: bytes, text: bytes) -> bytes:
    found = re.search(pattern, text, re.DOTALL)
    if found is None:
        raise NotJoinable(pattern.decode())
    return found[1]
