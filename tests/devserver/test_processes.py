import subprocess
import sys
from pathlib import Path

import psutil

from devserver.processes import end_now, is_alive, last_lines, start_child

SLEEPS = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


def test_a_child_stands_in_a_session_of_its_own_and_writes_to_its_log(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    command = [sys.executable, "-c", "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == '')"]
    assert start_child(command, log=log).wait() == 0
    assert log.read_text() == "True True\n"


def test_every_descendant_is_ended_and_reaped() -> None:
    nested = f"import subprocess, time; subprocess.Popen({SLEEPS!r}); time.sleep(600)"
    program = (
        "import psutil, subprocess; from devserver import lifeline, processes\n"
        f"lifeline.adopt_orphans(); child = subprocess.Popen({[sys.executable, '-c', nested]!r}, stdout=-1)\n"
        "child.stdout.readline(); print(len(psutil.Process().children(recursive=True)))\n"
        "processes.end_descendants(); print(len(psutil.Process().children(recursive=True)))"
    )
    # In a process of its own: in ours it would end the servers of the suite.
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert ran.stdout == "2\n0\n"


def test_a_process_that_is_gone_already_is_no_error() -> None:
    with subprocess.Popen(["true"]) as child:
        process = psutil.Process(child.pid)
    end_now([process])
    assert not is_alive(process)


def test_the_last_lines_of_a_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("1\n2\n3\n")
    assert last_lines(tmp_path / "log", 2) == "2\n3"
    assert last_lines(tmp_path / "none") == ""
