import subprocess
import sys

import psutil
import pytest

from devserver.processes import is_alive

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent ended")


@linux
def test_a_child_whose_parent_was_gone_before_it_asked_ends_itself() -> None:
    program = "from devserver.lifeline import die_with_parent; die_with_parent(9, 1 << 22)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9


@linux
def test_without_make_the_end_of_the_parent_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAKELEVEL", raising=False)
    child = (
        "import time; from devserver.lifeline import die_with_make\n"
        "die_with_make(); print(1, flush=True); time.sleep(600)"
    )
    parent = (
        f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {child!r}]); print(p.pid, flush=True)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as outer:
        assert outer.stdout is not None
        orphan = psutil.Process(int(outer.stdout.readline()))
        assert outer.stdout.readline() == "1\n"
        outer.wait()
        assert is_alive(orphan)
        orphan.kill()
