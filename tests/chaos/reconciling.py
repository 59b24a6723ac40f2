"""After a run: what the server took, the database and the engine's own log, held against each other."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.ledger import Row
from tests.chaos.script import Script
from tests.chaos.tally import Note, Verdict

LETTERS = "letters"
NEVER_SENT = {"suppressed", "cancelled"}


@dataclass
class Findings:
    lost: list[int] = field(default_factory=list)
    extra: int = 0
    bound: int = 0
    letters_twice: list[int] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)

    @property
    def are_good(self) -> bool:
        return not (self.lost or self.letters_twice or self.disagreements) and self.extra <= self.bound


def reconcile(rows: Sequence[Row], notes: Sequence[Note], script: Script, excused: Mapping[int, int]) -> Findings:
    """`excused`: of each delivery, how many of its copies the faults account for."""
    found = Findings(disagreements=list(_oddities(rows, notes)))
    said = defaultdict[tuple[str, str], list[Note]](list)
    for note in notes:
        said[note.sender, note.recipient].append(note)
    for row in rows:
        _judge(found, row, said[row.sender, row.address], excused.get(row.id, 0), script)
    return found


def _judge(found: Findings, row: Row, notes: Sequence[Note], faults: int, script: Script) -> None:
    told = Counter(note.verdict for note in notes)
    copies = told[Verdict.ACCEPTED] + told[Verdict.DROPPED]
    if row.lane == LETTERS:
        if copies > 1:
            found.letters_twice.append(row.id)
    else:
        allowed = faults + told[Verdict.DROPPED]
        found.extra += max(copies - 1, 0)
        found.bound += allowed
        if copies - 1 > allowed:
            found.disagreements.append(f"delivery {row.id}: {copies} copies, and only {allowed} faults at it")
        if not copies and row.state not in NEVER_SENT and not script.is_refused(row.address):
            found.lost.append(row.id)
    if not _agrees(row, told, copies):
        found.disagreements.append(f"delivery {row.id} ({row.lane}) is {row.state}; the server: {dict(told)}")


def _agrees(row: Row, told: Mapping[Verdict, int], copies: int) -> bool:
    """The state says no more and no less than what happened. An unknown letter waits for a person."""
    match row.state:
        case "sent":
            return told[Verdict.ACCEPTED] > 0
        case "failed":
            return told[Verdict.REFUSED] > 0 and not copies
        case "suppressed" | "cancelled":
            return not copies
        case "unknown":
            return row.lane == LETTERS
    return False


def _oddities(rows: Sequence[Row], notes: Iterable[Note]) -> Iterator[str]:
    """A copy is the same message to the byte, and nobody gets a message that no row stands for."""
    known = {row.message_id: (row.sender, row.address) for row in rows}
    bytes_of = defaultdict[str, set[str]](set)
    for note in notes:
        if note.message_id is None:
            continue
        if known.get(note.message_id) != (note.sender, note.recipient):
            yield f"{note.message_id} went from {note.sender} to {note.recipient}: {known.get(note.message_id)}"
        bytes_of[note.message_id].add(note.sha256 or "")
    for message_id, digests in bytes_of.items():
        if len(digests) > 1:
            yield f"{message_id} came in {len(digests)} versions"
