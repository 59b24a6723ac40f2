import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from devserver.bootstrap import NotPrepared, find_python, prepare

LOCK = """\
six==1.17.0 \\
    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000001
uv==0.13.9 \\
    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000002
"""


def test_without_a_network_one_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements-dev.lock").write_text(LOCK)
    without_network(monkeypatch)
    with pytest.raises(NotPrepared, match="check the network, then run the same command again") as raised:
        prepare(tmp_path)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / ".venv" / ".installed").exists()


def test_an_environment_that_fits_the_lock_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "requirements-dev.lock"
    lock.write_text(LOCK)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    (tmp_path / ".venv/.installed").write_text(hashlib.sha256(LOCK.encode()).hexdigest())
    without_network(monkeypatch)
    prepare(tmp_path)
    lock.write_text(LOCK + "\n")
    with pytest.raises(NotPrepared):
        prepare(tmp_path)


def test_a_machine_without_the_venv_module_is_told_which_package_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements-dev.lock").write_text(LOCK)
    monkeypatch.setattr("devserver.bootstrap.find_python", lambda: "/bin/false")
    with pytest.raises(NotPrepared, match="apt install python3-venv"):
        prepare(tmp_path)


def test_a_python_that_is_too_old_looks_for_a_newer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_python() == sys.executable
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotPrepared, match=r"needs Python 3\.11 or newer"):
        find_python()
    (tmp_path / "python3.12").symlink_to(sys.executable)
    assert find_python() == str(tmp_path / "python3.12")


def test_it_needs_nothing_but_the_standard_library() -> None:
    bare = [sys.executable, "-I", "-S", "-c"]
    program = f"import sys; sys.path.insert(0, {str(Path.cwd())!r}); import devserver.bootstrap"
    assert subprocess.run([*bare, program], check=False).returncode == 0


def without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/simple")
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    # A person waits while pip tries five more times; here it would be 7 s for nothing.
    monkeypatch.setenv("PIP_RETRIES", "0")
