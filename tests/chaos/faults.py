"""What a run does to the service, and when: the same for the same seed."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

import psutil

from tests.chaos.sending_log import Mark
from tests.chaos.world import LEASE_SECONDS, WORKERS, World

KILL_EVERY = 2.0
# Beside a child, which its parent starts again at once, sometimes the whole worker goes.
WHOLE_WORKER = 0.25
STOPPED_FOR = LEASE_SECONDS + 2.0


class Kind(StrEnum):
    POSTGRES = "postgres_stops"
    REDIS = "redis_restarts"
    STOP = "stops"
    CUT = "cuts"


# Of each, and between which parts of the way it comes.
PLAN = {
    Kind.POSTGRES: ((0.15, 0.25), (0.4, 0.5), (0.65, 0.75)),
    Kind.REDIS: ((0.3, 0.4), (0.75, 0.85)),
    Kind.STOP: ((0.05, 0.1), (0.5, 0.6)),
    Kind.CUT: ((0.1, 0.2), (0.25, 0.35), (0.45, 0.55), (0.6, 0.7), (0.8, 0.9)),
}


def schedule(seed: int) -> list[tuple[float, Kind]]:
    """What comes after which part of the recipients were reached."""
    chance = random.Random(seed)  # noqa: S311  # a plan that can be repeated
    return sorted((chance.uniform(*span), kind) for kind, spans in PLAN.items() for span in spans)


@dataclass
class Stopped:
    process: psutil.Process
    until: float
    begin: Mark


@dataclass
class Faults:
    """Asked often, it does what is due."""

    world: World
    seed: int
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed + 1)  # noqa: S311  # as above
        self._plan = schedule(self.seed)
        self._next_kill = time.monotonic() + KILL_EVERY
        self._stopped: Stopped | None = None

    def do_due(self, reached: float) -> None:
        """`reached`: which part of the recipients."""
        if self._stopped is not None and time.monotonic() > self._stopped.until:
            self.resume()
        if not reached:
            self._next_kill = time.monotonic() + KILL_EVERY
        if time.monotonic() >= self._next_kill:
            self._kill()
            self._next_kill = time.monotonic() + KILL_EVERY
        while self._plan and self._plan[0][0] <= reached:
            _, kind = self._plan.pop(0)
            self._do(kind)

    def resume(self) -> None:
        """Whoever was stopped goes on, long after its lease."""
        if self._stopped is not None:
            with suppress(psutil.NoSuchProcess):
                self._stopped.process.resume()
            self.world.log.note(self._stopped.begin, self._stopped.process.pid)
            self._stopped = None

    def _do(self, kind: Kind) -> None:
        self.counts[kind] += 1
        begin = self.world.log.mark()
        match kind:
            case Kind.POSTGRES:
                self.world.restart_postgres()
                self.world.log.note(begin)
            case Kind.CUT:
                self.world.cut_connections()
                time.sleep(0.05)
                self.world.log.note(begin)
            case Kind.REDIS:
                self.world.restart_redis()
            case Kind.STOP:
                self._stop()

    def _kill(self) -> None:
        victims = list(self._killable())
        if not victims:
            return
        name, process = self._chance.choice(victims)
        begin = self.world.log.mark()
        if self._chance.random() < WHOLE_WORKER:
            family = self.world.family(name)
            self.world.end_workers(name)
            self.world.start_workers(name)
        else:
            family = [process]
            with suppress(psutil.NoSuchProcess):
                process.kill()
                process.wait(5)
        self.counts["kills"] += 1
        for dead in family:
            self.world.log.note(begin, dead.pid)

    def _killable(self) -> Iterator[tuple[str, psutil.Process]]:
        frozen = self._stopped.process.pid if self._stopped is not None else None
        for name in WORKERS:
            family = self.world.family(name)
            if frozen not in {process.pid for process in family}:
                yield from ((name, process) for process in family[1:])

    def _stop(self) -> None:
        """One child of the bulk workers, busy as far as anybody knows."""
        children = [child for name in ("bulk-1", "bulk-2") for child in self.world.family(name)[1:]]
        if not children or self._stopped is not None:
            return
        chosen = self._chance.choice(children)
        self._stopped = Stopped(chosen, time.monotonic() + STOPPED_FOR, self.world.log.mark())
        with suppress(psutil.NoSuchProcess):
            chosen.suspend()
