"""One file as a zip that opens with a pass phrase alone: AES-256, as 7-Zip and macOS read it (WinZip's AE-2).

It is written as it is read, so that a list of a million takes no more memory than one of a hundred.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from stream_zip import ZIP_32, stream_zip

_OWNER_ONLY = 0o100600


def zipped(name: str, pieces: Iterable[bytes], phrase: str, *, at: datetime) -> Iterator[bytes]:
    """`name` is readable without the phrase, as in every zip. Beyond 4 GB it raises."""
    yield from stream_zip([(name, at, _OWNER_ONLY, ZIP_32, pieces)], password=phrase)
