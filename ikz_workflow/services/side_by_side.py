"""Judge parts in several processes side by side."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from ikz_workflow.errors import StorageError
from ikz_workflow.language import gettext as _
from ikz_workflow.services.proving import Judge, Lie, Verdict, definitions_of
from ikz_workflow.services.registers_then import RegistersThen
from ikz_workflow.storage.parts import Part

Texts = list[tuple[str, str, bytes]]
Judging = Callable[[Iterable[Part], Lie | None], Iterator[Verdict]]


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def judges(judge: Judge, texts: Texts, count: int) -> Iterator[Judging]:
    """Give what judges parts: so many processes, which begin at once; for one the judge itself.

    Each has a pipe of its own and ends with this process, however that ends. No process touches this one's database.
    """
    if count == 1:
        yield lambda parts, lie: _alone(judge, parts, lie)
        return
    # A fork has everything loaded; but it must not be made while another thread may hold a lock.
    forks = sys.platform == "linux" and threading.active_count() == 1
    context: Any = get_context("fork" if forks else "spawn")
    basis = texts, judge.registers
    with ExitStack() as stack:
        pipes: list[Connection] = []
        for _number in range(count):
            mine, theirs = context.Pipe()
            pipes.append(mine)
            stack.callback(mine.close)
            process = context.Process(target=_judge, args=(theirs, pipes.copy() if forks else [], basis), daemon=True)
            process.start()
            theirs.close()
            stack.callback(process.join)
            stack.callback(process.terminate)
        yield lambda parts, lie: _shared(pipes, parts, lie)


def _alone(judge: Judge, parts: Iterable[Part], lie: Lie | None) -> Iterator[Verdict]:
    for part in parts:
        verdict = judge.judge(part, lie)
        lie = verdict.lie
        yield verdict


def _shared(pipes: list[Connection], parts: Iterable[Part], lie: Lie | None) -> Iterator[Verdict]:
    """Yield the verdicts as they come; each process has one part at a time, so memory stays flat."""
    idle, busy = list(pipes), set[Connection]()
    try:
        for part in parts:
            if not idle:
                idle = [one for one in wait(busy) if isinstance(one, Connection)]
                busy.difference_update(idle)
                for verdict in [pipe.recv() for pipe in idle]:
                    lie = verdict.lie or lie
                    yield verdict
            pipe = idle.pop()
            pipe.send((part, lie))
            busy.add(pipe)
        for pipe in busy:
            yield pipe.recv()
    except (EOFError, OSError):
        what = _("Ein Hilfsprozess beim Beweisen ist ausgefallen.")
        raise StorageError(what, _("Bitte freien Speicher prüfen und wiederholen: ikz verify")) from None


def _judge(pipe: Connection, others: list[Connection], basis: tuple[Texts, RegistersThen]) -> None:
    """Judge what comes until nothing comes any more."""
    for other in others:  # a fork holds our ends of all pipes: nobody behind them would notice that we are gone
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it tells of the interruption
    try:
        texts, registers = basis
        judge = Judge(registers, definitions_of(texts))
        while True:
            part, lie = pipe.recv()
            pipe.send(judge.judge(part, lie))
    except (EOFError, OSError):
        return
