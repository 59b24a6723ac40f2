"""The engine's own log, from which follows what each fault may have sent twice: what was past the final dot while its
outcome was not committed.

Each worker process appends lines to a file of its own: `dot <delivery> <message-id>`, then `rec <delivery> <state>`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Mark = Mapping[Path, int]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Of one message; `dot` and `rec` are where in the file its lines end; a later `dot` ends it too."""

    delivery: int
    dot: int
    rec: float


@dataclass(frozen=True, slots=True)
class Fault:
    """What happened between two marks, to the process `pid` or to all of them."""

    begin: Mark
    end: Mark
    pid: int | None = None

    def concerns(self, path: Path) -> bool:
        return self.pid is None or str(self.pid) in path.stem.split("-")


@dataclass
class SendingLog:
    folder: Path
    faults: list[Fault] = field(default_factory=list)

    def mark(self) -> Mark:
        return {path: path.stat().st_size for path in self.folder.iterdir()}

    def note(self, begin: Mark, pid: int | None = None) -> None:
        """A fault that began at that mark is over."""
        self.faults.append(Fault(begin, self.mark(), pid))

    def excused(self) -> Counter[int]:
        """For each delivery, how many copies the faults may have added."""
        return Counter(
            attempt.delivery
            for path in sorted(self.folder.iterdir())
            for attempt in attempts(path)
            if any(_was_open(attempt, fault, path) for fault in self.faults)
        )


def attempts(path: Path) -> Iterator[Attempt]:
    underway: dict[int, int] = {}
    place = 0
    for line in path.read_bytes().splitlines(keepends=True):
        place += len(line)
        event, delivery, *_ = line.split()
        if event == b"dot":
            if int(delivery) in underway:
                yield Attempt(int(delivery), underway[int(delivery)], place)
            underway[int(delivery)] = place
        elif int(delivery) in underway:
            yield Attempt(int(delivery), underway.pop(int(delivery)), place)
    for number, dot in underway.items():
        yield Attempt(number, dot, float("inf"))


def _was_open(attempt: Attempt, fault: Fault, path: Path) -> bool:
    begun = attempt.dot <= fault.end.get(path, 0)
    return begun and attempt.rec > fault.begin.get(path, 0) and fault.concerns(path)
