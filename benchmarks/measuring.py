"""Clock two pieces of work in turns."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from msgspec import Struct

Work = Callable[[], object]


class Cost(Struct, frozen=True):
    """What one piece of work costs: CPU time of the process and time on the clock, in seconds."""

    cpu: float
    wall: float

    def per(self, count: int) -> Cost:
        """Return the cost of one of `count` equal parts."""
        return Cost(self.cpu / count, self.wall / count)


def cost_of(work: Work, cpu: Callable[[], float] = time.process_time) -> Cost:
    """Return what a piece of work costs; `cpu` is the clock of CPU seconds."""
    wall_before, cpu_before = time.perf_counter(), cpu()
    work()
    return Cost(cpu() - cpu_before, time.perf_counter() - wall_before)


def of_all_processes() -> float:
    """Return the CPU seconds of this process and of those it started and that have ended."""
    return sum(os.times()[:4])


def in_turns(ours: Work, theirs: Work, rounds: int, cpu: Callable[[], float] = time.process_time) -> tuple[Cost, Cost]:
    """Return the typical costs of both after one unmeasured round: ours, theirs, ours, theirs …"""
    ours(), theirs()
    pairs = [(cost_of(ours, cpu), cost_of(theirs, cpu)) for _round in range(rounds)]
    return typical([one for one, _other in pairs]), typical([other for _one, other in pairs])


def typical(costs: list[Cost]) -> Cost:
    """Return the lower quartile of each clock: what else runs on the machine only ever adds."""
    quarter = len(costs) // 4
    return Cost(sorted(cost.cpu for cost in costs)[quarter], sorted(cost.wall for cost in costs)[quarter])
