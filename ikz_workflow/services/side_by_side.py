"""Judge a long history in several processes side by side."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

from msgspec import Struct

from ikz_workflow.errors import IkzError
from ikz_workflow.history import Head
from ikz_workflow.services.proving import Judge, Verdict, definitions_of
from ikz_workflow.services.registers_then import RegistersThen
from ikz_workflow.storage.database import Database
from ikz_workflow.storage.parts import Range

Gathering = Callable[[Callable[[int], None]], Verdict | None]


class Sharing(Struct, frozen=True):
    """How many processes share a proof, and how each opens the database anew at the same moment."""

    processes: int
    again: Callable[[], Database]
    now: datetime


class Basis(Struct, frozen=True):
    """What is judged by, and the end of the history that every process must see."""

    head: Head
    definitions: list[tuple[str, str, bytes]]
    registers: RegistersThen


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def together(sharing: Sharing, basis: Basis, ranges: Sequence[Range]) -> Iterator[Gathering]:
    """Start processes that judge all ranges, and give what gathers their verdict; it tells how much each step judged.

    There is none where a process failed, or saw another end of the history: then nobody is to be believed. Each opens
    the database for itself, has a pipe of its own, and ends with this process, however that ends.
    """
    # A fork has everything loaded; but it must not be made while another thread may hold a lock.
    forks = sys.platform == "linux" and threading.active_count() == 1
    context: Any = get_context("fork" if forks else "spawn")
    with ExitStack() as stack:
        pipes: list[Connection] = []
        for number in range(sharing.processes):
            mine, theirs = context.Pipe()
            pipes.append(mine)
            stack.callback(mine.close)
            given = sharing, basis, ranges[number :: sharing.processes]
            process = context.Process(target=_judge, args=(theirs, pipes.copy() if forks else [], *given), daemon=True)
            process.start()
            theirs.close()
            stack.callback(process.join)
            stack.callback(process.terminate)
        yield lambda told: _gathered(pipes, told)


def _gathered(pipes: Sequence[Connection], told: Callable[[int], None]) -> Verdict | None:
    found, waiting = Verdict(), set(pipes)
    while waiting:
        for pipe in wait(waiting):
            try:
                said = pipe.recv() if isinstance(pipe, Connection) else None
            except (EOFError, OSError):
                return None
            if said is None:
                return None
            if isinstance(said, Verdict):
                found.add(said)
                waiting.discard(pipe)
            else:
                told(said)
    return found


def _judge(
    pipe: Connection, others: Sequence[Connection], sharing: Sharing, basis: Basis, ranges: Sequence[Range]
) -> None:
    """Judge ranges, telling after each how many events it held, and then the verdict; None if that cannot be done."""
    for other in others:  # a fork holds our ends of all pipes: nobody behind them would notice that we are gone
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it tells of the interruption
    found, judge = Verdict(), Judge(basis.registers, definitions_of(basis.definitions))
    try:
        with sharing.again().reading(sharing.now) as tx:
            if tx.head != basis.head:
                _say(pipe, None)
                return
            for one in ranges:
                part = tx.parts().part(one)
                found.add(judge.judge(part, found.lie))
                _say(pipe, len(part.events))
        _say(pipe, found)
    except IkzError:
        _say(pipe, None)


def _say(pipe: Connection, what: object) -> None:
    try:
        pipe.send(what)
    except OSError:  # nobody listens any more
        sys.exit()
