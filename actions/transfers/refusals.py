"""What an import did not take, as a file for a spreadsheet."""

import csv
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from actions.spreadsheets import safe_cell
from actions.transfers.people import Refusal

_OWNER_ONLY = 0o600


class RefusedFile(ExitStack):
    """`line` and `reason` before the columns as they stood. Made with the first of them; only its owner may read it."""

    def __init__(self, file: Path, columns: Sequence[str]) -> None:
        super().__init__()
        self._file, self._columns = file, columns
        self._add: Callable[[Iterable[object]], object] | None = None

    def write(self, refusals: Iterable[Refusal]) -> None:
        for refusal in refusals:
            add = self._add or self._begun()
            cells = [safe_cell(refusal.row.cells.get(name, "")) for name in self._columns]
            add([refusal.row.line, refusal.reason, *cells])

    def _begun(self) -> Callable[[Iterable[object]], object]:
        opened = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_ONLY)
        out = self.enter_context(os.fdopen(opened, "w", encoding="utf-8", newline=""))
        self._add = csv.writer(out).writerow
        self._add(["line", "reason", *map(safe_cell, self._columns)])
        return self._add
