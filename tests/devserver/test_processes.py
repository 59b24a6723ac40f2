import subprocess
import sys
from pathlib import Path

import psutil

from devserver.processes import end_descendants, end_now, is_alive, last_lines, start_child

SLEEPS = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


def test_a_child_stands_in_a_session_of_its_own_and_writes_to_its_log(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    command = [sys.executable, "-c", "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == '')"]
    assert start_child(command, log=log).wait() == 0
    assert log.read_text() == "True True\n"


def test_every_descendant_is_ended(tmp_path: Path) -> None:
    nested = f"import subprocess, sys, time; subprocess.Popen({SLEEPS!r}); time.sleep(600)"
    child = start_child([sys.executable, "-c", nested], log=tmp_path / "log")
    while "up" not in last_lines(tmp_path / "log"):
        pass
    family = psutil.Process().children(recursive=True)
    assert len(family) == 2
    end_descendants()
    assert child.wait() == -9
    assert not any(is_alive(member) for member in family)


def test_a_process_that_is_gone_already_is_no_error() -> None:
    with subprocess.Popen(["true"]) as child:
        process = psutil.Process(child.pid)
    end_now([process])
    assert not is_alive(process)


def test_the_last_lines_of_a_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("1\n2\n3\n")
    assert last_lines(tmp_path / "log", 2) == "2\n3"
    assert last_lines(tmp_path / "none") == ""
