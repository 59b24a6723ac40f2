"""What processes have cost so far, as Linux counts it."""

import os
from pathlib import Path


def seconds_of(pid: int) -> float:
    """Seconds of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def seconds_of_family(pid: int) -> float:
    """Of a process and of those that it has started."""
    return seconds_of(pid) + sum(seconds_of(child) for child in children_of(pid))


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def peak_memory(pid: int) -> float:
    """Megabytes that were resident at most."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
