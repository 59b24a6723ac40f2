"""Children that do not outlive us, however we end."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from devserver.lifeline import die_with_parent


class CouldNotStart(Exception):
    """A server did not come up; the message is a sentence for the person at the terminal."""


def start_child(  # noqa: PLR0913  # what a process is started with is one flat list, here as in subprocess
    command: Sequence[str | Path],
    *,
    log: Path,
    death_signal: int = signal.SIGTERM,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
    user: int | None = None,
) -> subprocess.Popen[bytes]:
    """A child in a session of its own (Ctrl-C is for us to pass on), writing to `log`, that gets `death_signal` when
    the calling thread ends: call this from a thread that stays.
    """
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=_preparation(death_signal),  # noqa: PLW1509  # prctl must run after setuid, which clears it
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )


def end_now(processes: Iterable[psutil.Process]) -> None:
    """SIGKILL, and wait until they are gone; a zombie is gone: only its parent's note of it is left."""
    doomed = list(processes)
    for process in doomed:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    while any(is_alive(process) for process in doomed):
        time.sleep(0.01)


def end_descendants() -> None:
    """Everything that we started, and everything that those started, also what detached itself. For the end of a
    process: whoever asks one of its children afterwards how it ended hears nothing.
    """
    while living := [process for process in psutil.Process().children(recursive=True) if is_alive(process)]:
        end_now(living)
    with suppress(ChildProcessError):
        # Left to init, which may take its time or be a container's that never does, they would look alive to
        # PostgreSQL's next start.
        while True:
            os.wait()


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def last_lines(log: Path, count: int = 12) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except FileNotFoundError:
        return ""


def _preparation(death_signal: int) -> Callable[[], None]:
    parent = os.getpid()
    return lambda: die_with_parent(death_signal, parent)
