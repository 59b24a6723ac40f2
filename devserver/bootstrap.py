"""`python3 -m devserver.bootstrap`: the virtual environment `.venv`, holding what `requirements-dev.lock` names.

Runs on the machine's own Python before anything is installed, so it is written for old ones and imports nothing but the
standard library. With nothing to do it returns at once.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from devserver.lifeline import die_with_make, die_with_parent

OLDEST = (3, 11)
TRIED = ("python3", "python3.14", "python3.13", "python3.12", "python3.11", "python")
# Without a network pip would try five times with growing pauses; once more is enough to pass a hiccup.
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "30")
# A dozen processes start at once; each would compile what it imports.
UV = ("--quiet", "--compile-bytecode")
HASHED = ("--require-hashes", "--no-deps")


class NotPrepared(Exception):
    """Why there is no environment; the message is a sentence for the person at the terminal."""


def prepare(root: Path) -> None:
    """Make `root/.venv` what the lock says. Raises NotPrepared."""
    lock, environment = root / "requirements-dev.lock", root / ".venv"
    stamp = environment / ".installed"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == digest and _runs(environment):
        return
    print("Installing the dependencies into .venv ...", flush=True)
    if not _runs(environment):
        _create(environment)
    _install(environment / "bin" / "python", lock)
    stamp.write_text(digest)


def find_python() -> str:
    """A Python new enough, this one if it is."""
    if sys.version_info >= OLDEST:
        return sys.executable
    for name in TRIED:
        found = shutil.which(name)
        if found and _succeeds([found, "-c", f"import sys; sys.exit(sys.version_info < {OLDEST})"]):
            return found
    raise NotPrepared(f"Clarion needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and the PATH has none.")


def _create(environment: Path) -> None:
    shutil.rmtree(environment, ignore_errors=True)
    made = _run([find_python(), "-m", "venv", str(environment)])
    if made.returncode != 0:
        shutil.rmtree(environment, ignore_errors=True)
        raise NotPrepared(
            "The virtual environment could not be made. On Debian and Ubuntu `apt install python3-venv` brings what is "
            f"missing. It said: {_last_line(made.stdout)}"
        )


def _install(python: Path, lock: Path) -> None:
    """By uv, itself installed from the lock: it takes a tenth of pip's time. It reads no pip.conf, so where uv finds
    no index pip is asked.
    """
    with tempfile.TemporaryDirectory(prefix="clarion-lock-") as folder:
        part = Path(folder) / "uv.txt"
        part.write_text(_entry(lock, "uv"))
        _require(_run([str(python), *PIP, *HASHED, "-r", str(part)]))
    uv = _run([str(python), "-m", "uv", "pip", "install", *UV, *HASHED, "--python", str(python), "-r", str(lock)])
    if uv.returncode != 0:
        _require(_run([str(python), *PIP, *HASHED, "-r", str(lock)]))


def _require(ran: "subprocess.CompletedProcess[str]") -> None:
    if ran.returncode != 0:
        raise NotPrepared(
            "The dependencies could not be fetched from the Python package index: "
            f"check the network, then run the same command again. pip said: {_last_line(ran.stdout)}"
        )


def _entry(lock: Path, package: str) -> str:
    entry = re.search(rf"^{package}==.*?(?=^\S|\Z)", lock.read_text(), flags=re.MULTILINE | re.DOTALL)
    if entry is None:
        raise NotPrepared(f"{lock.name} does not name {package}.")
    return entry.group()


def _run(command: "list[str]") -> "subprocess.CompletedProcess[str]":
    parent = os.getpid()
    return subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: die_with_parent(signal.SIGTERM, parent),
    )


def _succeeds(command: "list[str]") -> bool:
    return _run(command).returncode == 0


def _runs(environment: Path) -> bool:
    """False too for an environment whose Python has gone, or that was moved with its tree."""
    python = environment / "bin" / "python"
    return python.exists() and _succeeds([str(python), "-c", ""])


def _last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["nothing"])[-1]


def main() -> None:
    die_with_make()
    try:
        prepare(Path(__file__).resolve().parent.parent)
    except NotPrepared as reason:
        sys.exit(str(reason))
    except OSError as error:
        sys.exit(f"The virtual environment cannot be used: {error}. Is .venv yours? Removing it makes a new one.")


if __name__ == "__main__":
    main()
