from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from actions.clock import clock
from actions.extensions import redis
from actions.restores import witness


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Path:
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"witness_dir": tmp_path / "witness"})
    return tmp_path / "witness"


def test_the_highest_mark_counts(folder: Path) -> None:
    assert witness.mark() is None
    witness.keep(4)
    redis.client.set(witness.KEY, 3)
    assert witness.mark() == 4
    redis.client.set(witness.KEY, 7)
    assert witness.mark() == 7


def test_nonsense_is_no_mark(folder: Path) -> None:
    witness.keep(4)
    redis.client.set(witness.KEY, "x")
    (folder / witness.MARK).write_text("half a numb")
    assert witness.mark() is None


def test_without_a_folder_redis_alone_keeps_it(app: Flask) -> None:
    witness.keep(4)
    witness.write([{"at": clock.now().isoformat()}])
    assert witness.mark() == 4
    assert not witness.has_log()
    assert list(witness.read(clock.now())) == []


def test_a_folder_that_cannot_be_written_stops_nothing(folder: Path) -> None:
    folder.write_text("a file")
    witness.keep(4)
    assert witness.mark() == 4


@pytest.mark.requirement("O-18")
def test_a_line_is_written_once_and_read_from_a_moment_on(folder: Path) -> None:
    now = clock.now()
    old, new = ({"at": (now - timedelta(hours=ago)).isoformat(), "what": "x"} for ago in (2, 0))
    witness.write([old, new])
    witness.write([new])
    with (folder / witness.LOG).open("a") as file:
        file.write('{"at": "cut o')
    assert witness.has_log()
    assert list(witness.read(now - timedelta(hours=1))) == [new]
    assert (folder / witness.LOG).stat().st_mode & 0o777 == 0o600
