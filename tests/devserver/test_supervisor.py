import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from devserver.processes import is_alive
from devserver.supervisor import LONGEST_LOG, ProgramEnded, Supervisor

SLEEPS = [sys.executable, "-c", "import time; print('slept well', flush=True); time.sleep(600)"]
DEAF = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True)\n"]


def test_programs_write_to_their_logs_and_end_with_the_context(tmp_path: Path) -> None:
    others = children()
    with Supervisor(tmp_path) as supervisor:
        supervisor.start_wave({"web": SLEEPS, "beat": SLEEPS}, os.environ)
        assert supervisor.run_until(lambda: said(tmp_path, "web", "slept well") and said(tmp_path, "beat", "slept"))
        programs = children() - others
    assert len(programs) == 2
    assert not any(is_alive(program) for program in programs)


def test_the_first_that_ends_is_named_with_its_last_lines(tmp_path: Path) -> None:
    fails = [sys.executable, "-c", "print('no such queue'); raise SystemExit(3)"]
    with Supervisor(tmp_path) as supervisor:
        supervisor.start_wave({"web": SLEEPS, "worker-now": fails}, os.environ)
        with pytest.raises(ProgramEnded, match=r"worker-now ended with status 3.*worker-now\.log:\nno such queue"):
            supervisor.run_until(lambda: False)


def test_a_program_ended_by_a_signal_names_the_signal(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEPS, stdout=subprocess.DEVNULL) as stranger, Supervisor(tmp_path) as supervisor:
        supervisor.watch("postgres", stranger, tmp_path / "postgres.log")
        supervisor.check()
        stranger.kill()
        with pytest.raises(ProgramEnded, match="postgres ended by SIGKILL"):
            supervisor.run_until(lambda: False)


def test_what_is_not_reached_in_time_is_false(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        assert not supervisor.run_until(lambda: False, seconds=0.1)


def test_a_program_that_does_not_heed_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devserver.supervisor.GRACE_SECONDS", 0.2)
    others = children()
    with Supervisor(tmp_path) as supervisor:
        supervisor.start_wave({"deaf": [*DEAF[:2], DEAF[2] + "time.sleep(600)"]}, os.environ)
        supervisor.run_until(lambda: said(tmp_path, "deaf", "deaf"))
        (program,) = children() - others
    assert not is_alive(program)


def test_later_waves_end_before_earlier_ones(tmp_path: Path) -> None:
    ends = (
        "import signal, sys, time\n"
        "def end(*_): open(sys.argv[1], 'a').write(sys.argv[2]); sys.exit()\n"
        "signal.signal(15, end); print('up', flush=True); time.sleep(600)"
    )
    command = [sys.executable, "-c", ends, str(tmp_path / "order")]
    with Supervisor(tmp_path) as supervisor:
        supervisor.start_wave({"catcher": [*command, "1"]}, os.environ)
        supervisor.start_wave({"worker": [*command, "2"]}, os.environ)
        supervisor.run_until(lambda: said(tmp_path, "catcher", "up") and said(tmp_path, "worker", "up"))
    assert (tmp_path / "order").read_text() == "21"


def test_a_log_grown_long_is_kept_once(tmp_path: Path) -> None:
    with (tmp_path / "web.log").open("wb") as log:
        log.truncate(LONGEST_LOG + 1)
    assert not Supervisor(tmp_path).log("web").exists()
    assert (tmp_path / "web.log.1").stat().st_size == LONGEST_LOG + 1


def children() -> set[psutil.Process]:
    return set(psutil.Process().children())


def said(logs: Path, name: str, words: str) -> bool:
    return words in (logs / f"{name}.log").read_text()
