import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from actions.clock import Clock

ROOT = Path(__file__).parents[2]


def following(file: Path | None) -> Clock:
    made = Clock()
    made.follow(file)
    return made


def test_now_is_in_utc_and_says_so(tmp_path: Path) -> None:
    now = following(tmp_path / "clock").now()
    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_time_moves_by_what_it_is_told_and_back(tmp_path: Path) -> None:
    clock = following(tmp_path / "clock")
    before = clock.now()
    clock.move(timedelta(days=2))
    clock.move(timedelta(hours=-1))
    assert timedelta(days=1, hours=23) <= clock.now() - before < timedelta(days=1, hours=23, seconds=5)
    clock.reset()
    assert clock.now() - before < timedelta(seconds=5)


def test_another_process_sees_the_same_time(tmp_path: Path) -> None:
    following(tmp_path / "clock").move(timedelta(days=30))
    program = (
        "import sys; from pathlib import Path; from actions.clock import clock;"
        "clock.follow(Path(sys.argv[1])); print(clock.now().isoformat())"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "clock"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert datetime.fromisoformat(said.stdout.strip()) > datetime.now(UTC) + timedelta(days=29)


def test_an_empty_file_moves_nothing(tmp_path: Path) -> None:
    (tmp_path / "clock").touch()
    assert abs(following(tmp_path / "clock").now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_clock_of_a_real_installation_does_not_move() -> None:
    with pytest.raises(RuntimeError, match="follows no file"):
        following(None).move(timedelta(days=1))
    following(None).reset()
