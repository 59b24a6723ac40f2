"""What the scripted server took and what became of it, as lines of JSON: its own word, whatever others remember."""

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    DROPPED = "dropped"  # taken, and then not a word
    REFUSED = "refused"  # for good, whether its text came or not
    PUT_OFF = "put off"

    @property
    def is_copy(self) -> bool:
        """Whether the recipient has one more."""
        return self in {Verdict.ACCEPTED, Verdict.DROPPED}


@dataclass(frozen=True, slots=True)
class Note:
    at: float
    sender: str
    recipient: str
    verdict: Verdict
    message_id: str | None
    sha256: str | None


class Tally:
    """Each line is with the kernel before the client learns of it, so it outlives the server."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, sender: str, recipient: str, verdict: Verdict, content: bytes | None = None) -> None:
        found = None if content is None else MESSAGE_ID.search(content.partition(b"\r\n\r\n")[0])
        line = (
            round(time.time(), 3),
            sender,
            recipient,
            verdict,
            found.group(1).decode() if found else None,
            None if content is None else hashlib.sha256(content).hexdigest(),
        )
        os.write(self._file, json.dumps(line).encode() + b"\n")

    def close(self) -> None:
        os.close(self._file)


def read(path: Path) -> Iterator[Note]:
    with path.open() as lines:
        for line in lines:
            at, sender, recipient, verdict, message_id, sha256 = json.loads(line)
            yield Note(at, sender, recipient, Verdict(verdict), message_id, sha256)
