"""The only source of business time.

Leases use PostgreSQL's clock and the boot-time clock; everything that a person would put on a calendar asks here.
Tests and the demo move time for every process at once through a file that holds an offset in seconds.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    def __init__(self) -> None:
        self._file: Path | None = None

    def follow(self, file: Path | None) -> None:
        """From now on add the seconds that `file` holds; a missing file counts as none."""
        self._file = file

    def now(self) -> datetime:
        """The moment in UTC, aware."""
        return datetime.now(UTC) + self._offset()

    def move(self, by: timedelta) -> None:
        """Move time for every process that follows the same file.

        Raises RuntimeError where no file is followed: the clock of a real installation does not move.
        """
        if self._file is None:
            raise RuntimeError("this clock follows no file, so it cannot be moved")
        offset = self._offset() + by
        self._file.write_text(str(offset.total_seconds()), encoding="ascii")

    def reset(self) -> None:
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def _offset(self) -> timedelta:
        if self._file is None:
            return timedelta()
        try:
            return timedelta(seconds=float(self._file.read_text(encoding="ascii") or 0))
        except FileNotFoundError:
            return timedelta()


clock = Clock()
now = clock.now
