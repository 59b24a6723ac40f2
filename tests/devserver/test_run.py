import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import psutil
import pytest

from devserver.environment import free_port
from devserver.processes import CouldNotStart, end_now, is_alive
from devserver.run import empty, held, procfile, programs
from devserver.self_check import is_healthy

SETTINGS = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "SMTP_URL", "ONCE", "MAKELEVEL")


def test_one_command_brings_everything_up_checked_and_sigterm_leaves_nothing(tmp_path: Path) -> None:
    with Start(tmp_path) as start:
        said = start.await_words("Clarion is up")
        assert "Checked: a sign-up went from the web to a worker, over SMTP and into the mailbox." in said
        for path in ("/", "/a/mu-sochua", "/mailbox"):
            assert f"http://localhost:{start.port}{path}\n" in start.await_words("--app wsgi")
        assert is_healthy(f"http://127.0.0.1:{start.port}")
        start.process.send_signal(signal.SIGTERM)
        assert start.process.wait(30) == 0
        assert start.survivors() == []
    assert (tmp_path / "environment").stat().st_mode & 0o777 == 0o600

    with Start(tmp_path) as again:
        again.await_words("Clarion is up")
        again.process.send_signal(signal.SIGKILL)
        again.process.wait(30)
        assert again.survivors() == []


def test_a_busy_port_is_one_sentence_and_a_failure(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ran = run_to_its_end(tmp_path, PORT=str(port))
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"Port {port} is in use by another program.")
    assert len(ran.stderr.splitlines()) == 1


def test_a_port_that_is_none_is_one_sentence_and_a_failure(tmp_path: Path) -> None:
    ran = run_to_its_end(tmp_path, PORT="http")
    assert (ran.returncode, ran.stderr) == (1, "PORT is 'http'; it must be a number from 1 to 65535.\n")


def test_two_starts_do_not_share_a_folder(tmp_path: Path) -> None:
    with held(tmp_path):
        ran = run_to_its_end(tmp_path, PORT=str(free_port()))
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"Another `make run` is using {tmp_path}.")
    with held(tmp_path), pytest.raises(CouldNotStart), held(tmp_path):
        pass


def test_a_database_that_does_not_answer_is_named_with_what_failed(tmp_path: Path) -> None:
    ran = run_to_its_end(tmp_path, PORT=str(free_port()), DATABASE_URL="postgresql://127.0.0.1:9/clarion")
    assert ran.returncode == 1
    assert ran.stderr.startswith("The tables are not ready. The last lines in ")
    assert "connection refused" in ran.stderr.lower()


def test_a_new_play_begins_with_nothing(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    (tmp_path / "environment").touch()
    (tmp_path / "mailbox").mkdir()
    (tmp_path / "mailbox/1.eml").touch()
    empty(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_there_is_one_worker_for_each_lane_and_one_beat() -> None:
    deployed = procfile()
    assert list(deployed) == ["web", "worker-now", "worker-letters", "worker-bulk", "beat"]
    for lane in ("now", "letters", "bulk"):
        assert f" -Q {lane} -c 1 " in deployed[f"worker-{lane}"]
    assert [name for name, command in programs().items() if command[-1].endswith(" -B")] == ["worker-now"]
    assert set(programs()) == set(deployed) - {"beat"}


def run_to_its_end(var_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devserver.run"],
        env=surroundings(var_dir) | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def surroundings(var_dir: Path) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in SETTINGS} | {"VAR_DIR": str(var_dir)}


class Start:
    """`python -m devserver.run` on a port of its own, and all that it started."""

    def __init__(self, var_dir: Path) -> None:
        self.port = free_port()
        self._output = var_dir / "output"
        self._family: set[psutil.Process] = set()
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "devserver.run"],
                env=surroundings(var_dir) | {"PORT": str(self.port)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def await_words(self, words: str) -> str:
        deadline = time.monotonic() + 90
        while words not in self._output.read_text():
            assert self.process.poll() is None, self._output.read_text()
            assert time.monotonic() < deadline, self._output.read_text()
            time.sleep(0.1)
        self._family |= {psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)}
        return self._output.read_text()

    def survivors(self) -> list[psutil.Process]:
        """Who is left, once they had time to end."""
        assert len(self._family) > 10
        deadline = time.monotonic() + 20
        while any(is_alive(member) for member in self._family) and time.monotonic() < deadline:
            time.sleep(0.05)
        return [member for member in self._family if is_alive(member)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        end_now(self._family)
        self.process.kill()
        self.process.wait()
