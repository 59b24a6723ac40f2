"""An SMTP server that swallows what it gets, a line to it, and how fast a C load generator fills it."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from devserver.environment import ROOT, free_port
from devserver.processes import CouldNotStart


@contextmanager
def sink() -> Iterator[int]:
    """The port of an smtp-sink."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    program = subprocess.Popen([tool("smtp-sink"), *user, "-c", f"127.0.0.1:{port}", "1000"], stdout=subprocess.DEVNULL)
    time.sleep(0.3)
    try:
        yield port
    finally:
        program.terminate()
        program.wait()


@contextmanager
def line(port: int, *options: str) -> Iterator[int]:
    """The port of a line to the sink (devserver/proxy.py)."""
    own = free_port()
    command = [sys.executable, "-m", "devserver.proxy", "--port", str(own), "--to", str(port), *options]
    program = subprocess.Popen(command, cwd=ROOT)
    time.sleep(1.0)
    try:
        yield own
    finally:
        program.terminate()
        program.wait()


def tool(name: str) -> str:
    """The path of a program of Postfix. Raises CouldNotStart."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise CouldNotStart(f"{name} is missing; it comes with Debian's package postfix.")
    return found


def limit(port: int, *, sessions: int, messages: int, size: int) -> float:
    """Messages a second that smtp-source pushes: fixed bytes, each command after the answer to the one before."""
    load = ["-s", str(sessions), "-m", str(messages), "-l", str(size)]
    envelope = ["-f", "a@open-door.test", "-t", "b@people.test"]
    began = time.perf_counter()
    subprocess.run([tool("smtp-source"), *load, *envelope, f"127.0.0.1:{port}"], check=True)
    return float(messages / (time.perf_counter() - began))
