"""The engine's own log of its dangerous moments, for tests that break it: `dot 17 <id@…>` and `rec 17 sent`.

Between the two nobody knows whether the message went. A line is one write, so a killed process leaves what it wrote.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from workers.sending.ledger import Verdict
from workers.sending.message import Message

_MESSAGE_ID = re.compile(rb"^Message-ID: (\S+)", re.MULTILINE)


class Trace:
    """Into `folder`, a file for each process; nowhere without one."""

    def __init__(self, folder: Path | None) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = None if folder is None else os.open(folder / f"{os.getpid()}.log", flags, 0o600)

    def past_dot(self, message: Message) -> None:
        if self._file is not None:
            found = _MESSAGE_ID.search(message.content)
            name = found[1].decode("ascii", "replace") if found else ""
            os.write(self._file, f"dot {message.delivery_id} {name}\n".encode())

    def recorded(self, verdicts: Sequence[Verdict]) -> None:
        if self._file is not None and verdicts:
            os.write(self._file, "".join(f"rec {said.id} {said.state.value}\n" for said in verdicts).encode())

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
