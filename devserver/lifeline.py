"""What the kernel does for us when a process ends. Standard library only: the bootstrap runs before anything else is
installed.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_LIBC = ctypes.CDLL(None)


def die_with_parent(signal_number: int, parent: int) -> None:
    """Ask for a signal when `parent` ends, and take it now if it already has. Other systems than Linux have no such
    request: there only an orderly end of the parent ends the child.
    """
    if sys.platform == "linux":
        _LIBC.prctl(PR_SET_PDEATHSIG, signal_number)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal_number)


def die_with_make() -> None:
    """`kill -9` of `make` leaves its recipe running; whoever started us without make may leave us running."""
    if "MAKELEVEL" in os.environ:
        die_with_parent(signal.SIGTERM, os.getppid())


def adopt_orphans() -> None:
    """Grandchildren whose parent dies become our children instead of init's, so that we can still end them."""
    if sys.platform == "linux":
        _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1)
