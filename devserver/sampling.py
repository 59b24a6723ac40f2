"""Where a process spends its time, by parts of the program: a sampling profiler for benches."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Self

EVERY = 0.002
# Who stands here waits for somebody else and spends nothing.
WAITING = frozenset({"select", "wait", "_recv", "acquire", "_poll", "get", "sleep", "_worker"})


class Sampler:
    """`parts`: name -> what the file of a stack's frame may end with, or hold; the innermost frame that fits counts."""

    def __init__(self, parts: Mapping[str, Sequence[str]]) -> None:
        self._parts = parts
        self._counts = Counter[str]()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="sampler", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def shares(self) -> dict[str, float]:
        """Of all samples that were no waiting."""
        total = sum(self._counts.values()) or 1
        return {part: self._counts[part] / total for part in (*self._parts, "rest")}

    def _sample(self) -> None:
        own = threading.get_ident()
        while not self._is_over.is_set():
            for thread, frame in sys._current_frames().items():  # noqa: SLF001  # the documented way to see other threads
                if thread != own and frame.f_code.co_name not in WAITING:
                    self._counts[self._part_of(frame)] += 1
            time.sleep(EVERY)

    def _part_of(self, frame: FrameType | None) -> str:
        while frame is not None:
            for part, files in self._parts.items():
                if any(name in frame.f_code.co_filename for name in files):
                    return part
            frame = frame.f_back
        return "rest"
