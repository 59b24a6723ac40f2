"""Mail in the folder of the catcher, as it writes it."""

import json
import time
from collections.abc import Sequence
from pathlib import Path


def catch(folder: Path, message: bytes, *, to: Sequence[str] = ("ann@example.org",)) -> str:
    """The mail's id."""
    mail_id = str(time.time_ns())
    (folder / f"{mail_id}.json").write_text(
        json.dumps({"mail_from": "b-1@bounce.open-door.test", "rcpt_to": list(to), "received_at": "2026-11-23"})
    )
    (folder / f"{mail_id}.eml").write_bytes(message)
    return mail_id
