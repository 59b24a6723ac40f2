import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from devserver.processes import end_now, is_alive

# A program as celery and gunicorn are, only worse: its child detached itself and heeds no SIGTERM.
TOY = """
import os, signal, sys, time
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    open(sys.argv[1] + "/grandchild", "w").write(str(os.getpid()))
time.sleep(600)
"""
WORK = """
import os, pathlib, sys, time
from devserver.guard import run_guarded
from devserver.supervisor import Supervisor
folder = sys.argv[1]
def work():
    with Supervisor(pathlib.Path(folder)) as supervisor:
        supervisor.start_wave({"toy": [sys.executable, "-c", sys.argv[2], folder]}, os.environ)
        supervisor.run_until(lambda: os.path.exists(folder + "/finish"))
    return 7
sys.exit(run_guarded(work))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_everything(family: "Family", number: signal.Signals) -> None:
    family.outer.send_signal(number)
    assert family.outer.wait(15) != 0
    family.is_gone()


def test_killing_the_process_of_the_terminal_ends_everything(family: "Family") -> None:
    family.outer.kill()
    family.is_gone()


def test_killing_the_process_that_works_ends_everything(family: "Family") -> None:
    family.inner.kill()
    assert family.outer.wait(15) == 1
    family.is_gone()


def test_killing_the_whole_process_group_ends_everything(family: "Family") -> None:
    os.killpg(family.outer.pid, signal.SIGKILL)
    family.is_gone()


def test_a_program_that_dies_takes_its_orphans_along(family: "Family") -> None:
    family.toy.kill()
    assert family.outer.wait(15) == 1
    family.is_gone()


def test_work_that_ends_gives_its_status(family: "Family") -> None:
    (family.folder / "finish").touch()
    assert family.outer.wait(15) == 7
    family.is_gone()


def test_killing_make_ends_everything(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text('run:\n\t@exec "$(PYTHON)" -c "$$WORK" "$(FOLDER)" "$$TOY"\n')
    variables = [f"PYTHON={sys.executable}", f"FOLDER={tmp_path}"]
    command = ["make", "-s", "-f", str(tmp_path / "Makefile"), "run", *variables]
    with subprocess.Popen(command, env=os.environ | {"WORK": WORK, "TOY": TOY}, start_new_session=True) as make:
        family = Family(tmp_path, make)
        make.kill()
    family.is_gone()


class Family:
    """make if there is one, the outer and the inner process, the toy and its detached child."""

    def __init__(self, folder: Path, outer: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.outer = outer
        note = folder / "grandchild"
        deadline = time.monotonic() + 30
        while not note.exists() or not note.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.grandchild = psutil.Process(int(note.read_text()))
        parents = self.grandchild.parents()
        self.toy, self.inner = parents[0], parents[1]
        self.members = [psutil.Process(outer.pid), *psutil.Process(outer.pid).children(recursive=True)]
        assert {self.inner, self.toy, self.grandchild} <= set(self.members)

    def is_gone(self) -> None:
        deadline = time.monotonic() + 15
        while any(is_alive(member) for member in self.members):
            assert time.monotonic() < deadline, [member for member in self.members if is_alive(member)]
            time.sleep(0.02)


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Family]:
    environment = {name: value for name, value in os.environ.items() if name != "MAKELEVEL"}
    with subprocess.Popen(
        [sys.executable, "-c", WORK, str(tmp_path), TOY], env=environment, start_new_session=True
    ) as outer:
        grown = Family(tmp_path, outer)
        try:
            yield grown
        finally:
            end_now(grown.members)
