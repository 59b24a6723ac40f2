import os
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from zipfile import ZipFile

import pytest

from actions.exports.zipping import zipped
from tests.factories.zips import unzipped

PHRASE = "lusab babad gutih tugad hulul zivon"
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


@pytest.mark.requirement("P-09")
def test_the_phrase_opens_it_and_nothing_else_does() -> None:
    pieces = [b"email\r\n", b"ann@example.org\r\n" * 1000]
    archive = b"".join(zipped("updates.csv", pieces, PHRASE, at=NOW))
    assert unzipped(archive, PHRASE) == ("updates.csv", b"".join(pieces))
    assert b"ann@" not in archive
    with pytest.raises(AssertionError):
        unzipped(archive, "another phrase")
    with pytest.raises(RuntimeError, match="encrypted"):
        ZipFile(BytesIO(archive)).read("updates.csv")


def test_it_leaves_as_it_is_read() -> None:
    """Else a list of a million would stand in memory."""
    taken = count()

    def pieces() -> Iterator[bytes]:
        for _ in range(200):
            next(taken)
            yield os.urandom(64_000)

    written = zipped("updates.csv", pieces(), PHRASE, at=NOW)
    for _ in range(3):
        next(written)
    assert next(taken) < 100
