"""What is kept outside the database: its mark, in Redis and in a file, and a log of what people withdrew.

A backup of the database must not hold WITNESS_DIR. The log names people by the keyed hash of their address alone.
"""

import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from redis import RedisError

from actions.config import settings
from actions.extensions import redis

KEY = "restore:mark"
MARK, LOG = "mark", "withdrawals.log"
# How far back the log is read to write nothing twice.
TAIL = 256 * 1024
log = structlog.get_logger()


def mark() -> int | None:
    """The highest that is known outside; None where nothing is."""
    return max((found for found in (_from_redis(), _from_file()) if found is not None), default=None)


def keep(number: int) -> None:
    """After the commit. Never raises: one that is not kept is one that cannot be missed."""
    try:
        redis.client.set(KEY, number)
    except RedisError as error:
        log.warning("Redis is away; it keeps no mark", error=type(error).__name__)
    folder = settings().witness_dir
    if folder is not None:
        _replace(folder / MARK, str(number))


def write(lines: Iterable[dict[str, Any]]) -> None:
    """Add to the log what is not at its end already, and return when it is on the disk."""
    folder = settings().witness_dir
    if folder is None:
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / LOG
    known = _tail(path)
    fresh = [text for line in lines if (text := json.dumps(line, sort_keys=True)) not in known]
    if fresh:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, "".join(f"{text}\n" for text in fresh).encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read(since: datetime) -> Iterator[dict[str, Any]]:
    """What was withdrawn from `since` on, in order; a line that was cut off in a crash is left out."""
    folder = settings().witness_dir
    if folder is None or not (folder / LOG).is_file():
        return
    with (folder / LOG).open(encoding="ascii", errors="replace") as file:
        for text in file:
            try:
                line = json.loads(text)
                if datetime.fromisoformat(line["at"]) >= since:
                    yield line
            except (ValueError, KeyError, TypeError):
                continue


def has_log() -> bool:
    folder = settings().witness_dir
    return folder is not None and (folder / LOG).is_file()


def _from_redis() -> int | None:
    try:
        found = redis.client.get(KEY)
    except RedisError:
        return None
    return int(found) if isinstance(found, bytes) and found.isdigit() else None


def _from_file() -> int | None:
    folder = settings().witness_dir
    try:
        text = (folder / MARK).read_text(encoding="ascii") if folder is not None else ""
    except (OSError, ValueError):
        return None
    return int(text) if text.isdigit() else None


def _replace(path: Path, text: str) -> None:
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh.write_text(text, encoding="ascii")
        fresh.replace(path)
    except OSError as error:
        log.warning("WITNESS_DIR cannot be written", error=type(error).__name__)


def _tail(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL))
        return set(file.read().decode("ascii", errors="replace").splitlines())
