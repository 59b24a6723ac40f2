"""A CSV file as octets that come in pieces: its encoding, its lines, its records, and the place where each begins."""

import codecs
import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from actions.transfers.people import NotAPeopleFile

PIECE = 1024 * 1024
# A file without line ends must not be gathered in memory to look for one.
LONGEST_LINE = PIECE
# Nor must one whose every line opens a quotation anew, and so goes on in the next.
LONGEST_RECORD = 2 * PIECE
SEPARATORS = ",;\t|"
NO_TABLE = "This is no CSV file. Save your table as “CSV” and choose that file."


class LooksBroken(NotAPeopleFile):
    """From this line on it is no CSV."""

    def __init__(self, line: int) -> None:
        super().__init__(f"Line {line} is no CSV: it has no end, or a quotation mark there may never be closed.")
        self.line = line


@dataclass(frozen=True)
class Place:
    """Where a record begins: in which piece, how many octets into it, on which line."""

    piece: int = 0
    offset: int = 0
    line: int = 1


# From the piece of that number on.
Pieces = Callable[[int], Iterator[bytes]]


class Incoming:
    """The pieces of a file as they are kept: without its mark, with a line feed in each line end, one octet for it.

    UTF-16 becomes UTF-8; every other encoding stays what it is, and `encoding` is known once the last piece was read.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self.encoding = "utf-8"
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        """Raises NotAPeopleFile for what is no text."""
        first = self._stream.read(PIECE)
        wide = _wide(first)
        first = first.removeprefix(codecs.BOM_UTF8) if wide is None else first
        recode = None if wide is None else codecs.getincrementaldecoder(wide)(errors="replace")
        check = codecs.getincrementaldecoder("utf-8")()
        feed = b"\n"
        for number, octets in enumerate(self._octets(first)):
            piece = octets if recode is None else recode.decode(octets, final=not octets).encode()
            if b"\0" in piece:
                raise NotAPeopleFile(NO_TABLE)
            if number == 0 and b"\n" not in piece:
                # As spreadsheets of old Macintoshes end a line.
                feed = b"\r"
            self._look(check, piece, is_last=not octets)
            yield piece if feed == b"\n" else piece.replace(feed, b"\n")
        self.encoding = "utf-16" if wide else self.encoding

    def _octets(self, first: bytes) -> Iterator[bytes]:
        """With an empty one at the end."""
        piece = first
        while piece:
            yield piece
            piece = self._stream.read(PIECE)
        yield b""

    def _look(self, check: codecs.IncrementalDecoder, piece: bytes, *, is_last: bool) -> None:
        """UTF-8 where every octet fits, else that of Windows."""
        if self.encoding == "utf-8":
            try:
                check.decode(piece, final=is_last)
            except UnicodeDecodeError:
                self.encoding = "cp1252"


class Records:
    """The records of a file from a place on; `place` is where the next one begins.

    A record may run over lines, and a line over pieces.
    """

    def __init__(self, pieces: Pieces, encoding: str, separator: str, start: Place) -> None:
        self.place = start
        self._start, self._at = start, start
        self._pieces = pieces
        self._encoding = "utf-8" if encoding == "utf-16" else encoding
        self._separator = separator
        # Of the record that is being read.
        self._length = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        """Each with its line, empty ones left out. Raises LooksBroken."""
        reader = csv.reader(self._lines(), delimiter=self._separator, strict=True)
        try:
            for cells in reader:
                line, self.place, self._length = self.place.line, self._at, 0
                if any(cells):
                    yield line, cells
        except csv.Error as error:
            raise LooksBroken(self.place.line) from error

    def _lines(self) -> Iterator[str]:
        """As the `csv` module wants them: with their ends. Raises LooksBroken."""
        number, offset, line = self._start.piece, self._start.offset, self._start.line
        rest = b""
        for piece in self._pieces(number):
            while (end := piece.find(b"\n", offset)) >= 0:
                whole, rest, offset, line = rest + piece[offset : end + 1], b"", end + 1, line + 1
                self._at = Place(number, offset, line)
                self._length += len(whole)
                if self._length > LONGEST_RECORD:
                    raise LooksBroken(self.place.line)
                yield whole.decode(self._encoding, "replace")
            rest += piece[offset:]
            if len(rest) > LONGEST_LINE:
                raise LooksBroken(line)
            number, offset = number + 1, 0
        if rest:
            self._at = Place(number, 0, line + 1)
            yield rest.decode(self._encoding, "replace")


def first_records(pieces: Pieces, encoding: str, separator: str, most: int) -> list[list[str]]:
    """Raises LooksBroken."""
    return [cells for _, cells in islice(Records(pieces, encoding, separator, Place()), most)]


def separator_of(pieces: Pieces) -> str:
    """What the first line has most of. No encoding that is kept writes one of them in two octets."""
    first = next(pieces(0), b"").partition(b"\n")[0].decode("latin-1")
    return max(SEPARATORS, key=first.count)


def _wide(first: bytes) -> str | None:
    """UTF-16 by its mark, or by the empty half of each letter; None for anything else."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    begins = first[:64]
    halves = (begins[0::2], begins[1::2])
    empty = [half.count(0) * 2 > len(half) for half in halves]
    if empty[0] != empty[1] and not any(
        half.count(0) for half, is_empty in zip(halves, empty, strict=True) if not is_empty
    ):
        return "utf-16-be" if empty[0] else "utf-16-le"
    return None
