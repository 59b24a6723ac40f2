"""What leaves as CSV (RFC 4180) is opened in a spreadsheet, which runs a cell that looks like a formula (W-15)."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

# At the beginning of a file, so that a spreadsheet takes it for what it is: UTF-8.
MARK = "\ufeff"

# Also in their full-width forms, which some programs take for the same.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")


def safe_cell(text: str) -> str:
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def read_cell(text: str) -> str:
    """What a cell that came back from a spreadsheet said before `safe_cell` made it safe."""
    return text[1:] if text.startswith("'") and safe_cell(text[1:]) == text else text


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """Each row as a line that is safe to open; None is an empty cell."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerows([safe_cell("" if cell is None else str(cell)) for cell in row] for row in rows)
    return written.getvalue()
