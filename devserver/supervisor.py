"""Programs that belong together: when one ends, all do, and the reader is told which and what it said last."""

import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from devserver.processes import last_lines, start_child

GRACE_SECONDS = 8.0
LONGEST_LOG = 10 * 2**20


class ProgramEnded(Exception):
    """A program that should run on has ended; the message names it and shows its last lines."""


@dataclass(frozen=True)
class Program:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Supervisor:
    """Used as a context: leaving it ends the programs, later waves before earlier ones."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._waves: list[list[Program]] = []
        self._watched: list[Program] = []

    def log(self, name: str) -> Path:
        """Where the program of that name writes. Grown long, the old one stays once, as `<name>.log.1`."""
        self._logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LONGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        return path

    def start_wave(self, commands: Mapping[str, Sequence[str]], env: Mapping[str, str]) -> None:
        """Start programs, by name, that may end together."""
        wave: list[Program] = []
        self._waves.append(wave)
        for name, command in commands.items():
            log = self.log(name)
            wave.append(Program(name, start_child(command, log=log, env=env), log))

    def watch(self, name: str, process: subprocess.Popen[bytes] | None, log: Path) -> None:
        """Notice its end too, but leave ending it to whoever started it."""
        if process is not None:
            self._watched.append(Program(name, process, log))

    def run_until(self, reached: Callable[[], bool], *, seconds: float | None = None) -> bool:
        """Wait while all programs run. False if it was not reached in time; ProgramEnded if one ended."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not reached():
            self.check()
            if deadline is not None and time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        return True

    def check(self) -> None:
        for program in [*self._watched, *(program for wave in self._waves for program in wave)]:
            status = program.process.poll()
            if status is not None:
                how = f"with status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"
                said = last_lines(program.log)
                raise ProgramEnded(f"{program.name} ended {how}. Its last lines in {program.log}:\n{said}")

    def stop(self) -> None:
        while self._waves:
            _end(self._waves.pop())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _end(wave: list[Program]) -> None:
    """SIGTERM to each, which tells its own children; SIGKILL for those that do not heed it. What a killed program
    leaves behind, the guard ends.
    """
    for program in wave:
        program.process.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for program in wave:
        try:
            program.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            program.process.kill()
            program.process.wait()
