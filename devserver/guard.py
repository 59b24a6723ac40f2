"""Runs a piece of work so that nothing it started outlives it, whichever way it ends.

Two processes watch each other. The outer one belongs to the terminal and does nothing but wait; the inner one does the
work. Killed with SIGKILL, the outer one leaves the inner a signal to end in order; the inner one leaves its orphans to
the outer, which ends them. If both are killed at once, what they started directly gets a signal from the kernel.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from types import FrameType

from devserver.lifeline import adopt_orphans, die_with_make, die_with_parent
from devserver.processes import end_descendants

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
ECHO_SECONDS = 1.0


class EndRequested(BaseException):
    """Somebody wants this to end. Not an Exception: no handler of errors along the way may take it for one."""


def run_guarded(work: Callable[[], int]) -> int:
    """The exit status of `work`, once everything it started is gone."""
    die_with_make()
    adopt_orphans()
    outer = os.getpid()
    sys.stdout.flush()
    inner = os.fork()
    if inner == 0:
        _do(work, outer)
    for number in ENDING:
        signal.signal(number, lambda *_: os.kill(inner, signal.SIGTERM))
    status = _await_end(inner)
    end_descendants()
    if status < 0:
        print(f"The supervisor was ended by signal {-status}; so was everything it had started.", file=sys.stderr)
        return 1
    return status


def _do(work: Callable[[], int], outer: int) -> None:
    os.setsid()
    adopt_orphans()
    for number in ENDING:
        signal.signal(number, _request_end)
    die_with_parent(signal.SIGTERM, outer)
    status = 1
    try:
        status = work()
    except EndRequested:
        status = 128 + signal.SIGTERM
    except BaseException:  # noqa: BLE001  # the last place that can show it; os._exit passes over the usual one
        traceback.print_exc()
    finally:
        end_descendants()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _request_end(_number: int, _frame: FrameType | None) -> None:
    """The first time in order. A later one means now, if it is not the echo of the first: a terminal and make both
    pass signals on.
    """
    first = time.monotonic()

    def end_at_once(_number: int, _frame: FrameType | None) -> None:
        if time.monotonic() - first > ECHO_SECONDS:
            end_descendants()
            os._exit(1)

    for number in ENDING:
        signal.signal(number, end_at_once)
    raise EndRequested


def _await_end(inner: int) -> int:
    """Reaps orphans that came to us meanwhile, too."""
    while True:
        pid, status = os.wait()
        if pid == inner:
            return os.waitstatus_to_exitcode(status)
