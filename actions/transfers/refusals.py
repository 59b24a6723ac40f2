"""What an import did not take, as a file for a spreadsheet."""

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from actions.spreadsheets import safe_cell
from actions.transfers.people import Refusal

_OWNER_ONLY = 0o600


def write_refusals(file: Path, columns: Sequence[str], refusals: Iterable[Refusal]) -> None:
    """`line` and `reason` before the columns as they stood; only its owner may read the file."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
    with os.fdopen(opened, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["line", "reason", *map(safe_cell, columns)])
        for refusal in refusals:
            cells = [safe_cell(refusal.row.cells.get(name, "")) for name in columns]
            writer.writerow([refusal.row.line, refusal.reason, *cells])
